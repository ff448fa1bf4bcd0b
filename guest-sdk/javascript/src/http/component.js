// One request and its answer over the imports of `wasi:http`. Handles are given back as soon as they are done with, whatever happens: a context
// has a limited number of them.

import { handle } from 'wasi:http/outgoing-handler@0.2.0';
import { Fields, OutgoingBody, OutgoingRequest, RequestOptions } from 'wasi:http/types@0.2.0';

import { MapiError } from '../error.js';

/** @typedef {{ status: number, headers: [string, string][], body: Uint8Array }} Answer */
/** @typedef {{ method: string, target: URL, headers: [string, string][], body?: Uint8Array, timeout: number, bodyMaxBytes: number }} Request */

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'];
const READ_BYTES = 65_536n;
/** What WASI takes at a time. */
const WRITE_BYTES = 4_096;

/** @type {Map<string, import('../contract.js').ErrorCode>} */
const CODES = new Map([
  ['connection-refused', 'connection-refused'], ['HTTP-request-denied', 'denied'], ['destination-IP-prohibited', 'denied'],
  ['HTTP-response-body-size', 'too-big'], ['DNS-timeout', 'not-available'], ['DNS-error', 'not-available'],
  ['destination-not-found', 'not-available'], ['destination-unavailable', 'not-available'], ['destination-IP-unroutable', 'not-available'],
  ['connection-timeout', 'not-available'], ['connection-read-timeout', 'not-available'], ['connection-write-timeout', 'not-available'],
  ['connection-limit-reached', 'not-available'], ['HTTP-response-timeout', 'not-available'],
]);

const encoder = new TextEncoder();
const latin1 = new TextDecoder('latin1');

/** @param {Request} request @returns {Answer} */
export function send({ method, target, headers, body, timeout, bodyMaxBytes }) {
  const until = Date.now() + timeout;
  const where = `${method} ${target.origin}${target.pathname}`;
  const { request, written } = build(where, method, target, headers, body !== undefined);
  try {
    const sent = orGivenBack(written, () => handle(request, options(timeout)));
    return using(sent, (future) => {
      // Nobody takes what is written before the request is on its way.
      if (body) write(written, body);
      return using(answered(future), (response) => ({
        status: response.status(), headers: using(response.headers(), entries), body: read(response, where, bodyMaxBytes, until),
      }));
    });
  } catch (error) {
    throw error instanceof MapiError ? error : failure(where, error);
  }
}

/** Does something with a handle, and gives it back. @template T @param {any} resource @param {(resource: any) => T} work */
function using(resource, work) {
  try {
    return work(resource);
  } finally {
    resource[Symbol.dispose]();
  }
}

/** Gives a handle back if what it is needed for fails. @template T @param {any} resource @param {() => T} work */
function orGivenBack(resource, work) {
  try {
    return work();
  } catch (error) {
    resource?.[Symbol.dispose]();
    throw error;
  }
}

/** @param {string} where @param {string} method @param {URL} target @param {[string, string][]} headers @param {boolean} withBody */
function build(where, method, target, headers, withBody) {
  try {
    const request = new OutgoingRequest(Fields.fromList(headers.map(([name, value]) => [name.toLowerCase(), encoder.encode(value)])));
    return orGivenBack(request, () => {
      request.setMethod(METHODS.includes(method) ? { tag: method.toLowerCase() } : { tag: 'other', val: method });
      request.setScheme({ tag: target.protocol === 'https:' ? 'HTTPS' : 'HTTP' });
      request.setAuthority(target.host);
      request.setPathWithQuery(target.pathname + target.search);
      return { request, written: withBody ? request.body() : undefined };
    });
  } catch (/** @type {any} */ error) {
    throw new MapiError('invalid-parameter', `\`${where}\` cannot be a request: ${error?.payload?.tag ?? error?.payload ?? error}`);
  }
}

/** @param {any} body @param {Uint8Array} bytes */
function write(body, bytes) {
  orGivenBack(body, () => using(body.write(), (stream) => {
    try {
      for (let at = 0; at < bytes.length; at += WRITE_BYTES) stream.blockingWriteAndFlush(bytes.slice(at, at + WRITE_BYTES));
    } catch (/** @type {any} */ error) {
      // The server had enough before the end: its answer says why.
      if (error?.payload?.tag !== 'closed') throw error;
    }
  }));
  OutgoingBody.finish(body, undefined);
}

/** @param {number} timeout */
function options(timeout) {
  const options = new RequestOptions();
  // Connection, first byte and one pause together.
  const nanoseconds = BigInt(Math.ceil((timeout * 1_000_000) / 3));
  options.setConnectTimeout(nanoseconds);
  options.setFirstByteTimeout(nanoseconds);
  options.setBetweenBytesTimeout(nanoseconds);
  return options;
}

/** @param {any} future */
function answered(future) {
  using(future.subscribe(), (pollable) => pollable.block());
  // The outer result is whether it was asked for the first time.
  const answer = future.get();
  if (answer?.tag === 'ok' && answer.val.tag === 'ok') return answer.val.val;
  throw { payload: answer?.val?.val };
}

/** @param {any} fields @returns {[string, string][]} */
const entries = (fields) => fields.entries().map((/** @type {[string, Uint8Array]} */ [name, value]) => [name, latin1.decode(value)]);

/** @param {any} response @param {string} where @param {number} bodyMaxBytes @param {number} until */
function read(response, where, bodyMaxBytes, until) {
  /** @type {Uint8Array[]} */
  const parts = [];
  let length = 0;
  using(response.consume(), (body) => using(body.stream(), (stream) => {
    for (let part = next(stream); part; part = next(stream)) {
      if (Date.now() > until) throw new MapiError('not-available', `\`${where}\`: the answer takes too long`);
      length += part.length;
      if (length > bodyMaxBytes) throw new MapiError('too-big', `\`${where}\` has more than ${bodyMaxBytes} bytes`);
      parts.push(part);
    }
  }));
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What comes next, or nothing at the end. @param {any} stream @returns {Uint8Array | undefined} */
function next(stream) {
  try {
    return stream.blockingRead(READ_BYTES);
  } catch (/** @type {any} */ error) {
    if (error?.payload?.tag === 'closed') return undefined;
    throw error;
  }
}

/** @param {string} where @param {any} error */
function failure(where, error) {
  const payload = error?.payload;
  if (payload?.tag === 'last-operation-failed') return new MapiError('transport', `\`${where}\`: ${using(payload.val, (cause) => cause.toDebugString())}`);
  if (typeof payload?.tag !== 'string') return error instanceof Error ? error : new MapiError('transport', `\`${where}\`: no answer`);
  const detail = payload.val === undefined || payload.val === null ? '' : `: ${typeof payload.val === 'object' ? JSON.stringify(payload.val) : payload.val}`;
  return new MapiError(CODES.get(payload.tag) ?? 'transport', `\`${where}\`: ${payload.tag}${detail}`);
}
