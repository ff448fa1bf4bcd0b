// HTTP: the host makes the connection, TLS included, where `backend.toml` asks for the network and the operator allows it. Under node it is
// node's own `fetch`. The engine has a `fetch` as well, which keeps what the host lends it until it collects garbage: too long.

import { send } from '#http';
import { MapiError } from './error.js';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * @typedef {object} RequestOptions
 * @property {Record<string, string>} [headers]
 * @property {Uint8Array | string} [body] Text is sent as UTF-8.
 * @property {number} [timeout] Milliseconds for all of it, 3,000 if not said; the last pause may add a third. Keep it well below the
 *   `call_timeout_ms` of the host, which ends the context.
 * @property {number} [bodyMaxBytes] The longest answer, 8 MiB if not said.
 */

/** What a server answered. */
export class Response {
  /**
   * @param {number} status Such as 200. No status is an error.
   * @param {[string, string][]} headers
   * @param {Uint8Array} body
   */
  constructor(status, headers, body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** Whether the status is one of success. */
  get ok() {
    return this.status >= 200 && this.status < 300;
  }

  /** The first header of this name, in whatever case. @param {string} name @returns {string | undefined} */
  header(name) {
    return this.headers.find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1];
  }

  /** The body as text. @returns {string} @throws {MapiError} `transport`: it is not UTF-8. */
  text() {
    try {
      return decoder.decode(this.body);
    } catch {
      throw new MapiError('transport', 'the answer is not UTF-8');
    }
  }

  /** The body as JSON. @returns {any} @throws {MapiError} `transport`: it is no JSON. */
  json() {
    const text = this.text();
    try {
      return JSON.parse(text);
    } catch {
      throw new MapiError('transport', 'the answer is no JSON');
    }
  }
}

/**
 * Sends one request, and reads the whole answer. Redirects are not followed.
 *
 * @param {string} method Such as `GET`.
 * @param {string} url `http://` or `https://`.
 * @param {RequestOptions} [options]
 * @returns {Promise<Response>}
 * @throws {MapiError} `invalid-parameter`: it cannot be a request. `denied`: the place is not granted. `connection-refused`, `not-available`,
 *   `transport`: what became of the connection. `too-big`: the answer is longer than `bodyMaxBytes`.
 */
export async function request(method, url, { headers = {}, body, timeout = 3_000, bodyMaxBytes = 8 << 20 } = {}) {
  const target = parsed(url);
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const answer = await send({ method, target, headers: Object.entries(headers), body: bytes, timeout, bodyMaxBytes });
  return new Response(answer.status, answer.headers, answer.body);
}

/** @param {string} url */
function parsed(url) {
  const target = urlOf(url);
  if (!target || !['http:', 'https:'].includes(target.protocol)) throw new MapiError('invalid-parameter', `\`${url}\` is no URL of \`http\` or \`https\``);
  // A name and a password in a URL are for nobody on the way.
  target.username = '';
  target.password = '';
  return target;
}

/** @param {string} url */
function urlOf(url) {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}
