// The service: one function for each thing that its API has, and what its refusals mean. Knows nothing of ids or of folders' rows.

/** @import { Response } from 'mapistore/http' */
/** @import { Item } from './json.js' */

import { MapiError } from 'mapistore';
import { request } from 'mapistore/http';

/** What statuses mean in the contract's words. @type {Map<number, import('mapistore').ErrorCode>} */
const CODES = new Map([
  [400, 'invalid-parameter'], [401, 'denied'], [403, 'denied'], [404, 'not-found'], [409, 'exists'], [410, 'not-found'],
  [412, 'object-modified'], [413, 'too-big'], [422, 'invalid-parameter'], [429, 'not-available'], [507, 'quota-exceeded'],
]);

/** Where messages are, by what they are. */
export const COLLECTIONS = ['mails', 'calendars', 'contacts', 'tasks', 'notes'];

/** A mailbox of the service. */
export class Api {
  #base;
  #headers;
  #timeout;

  /**
   * @param {{ url: string, token?: string, timeout: number }} settings Where the mailbox is, what to say who asks, and how many milliseconds
   *   an answer may take.
   */
  constructor({ url, token, timeout }) {
    this.#base = url.replace(/\/$/, '');
    this.#headers = { accept: 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
    this.#timeout = timeout;
  }

  /** Name, version, capabilities and roots. @returns {Promise<Item>} */
  info() {
    return this.#json('GET', '/info/');
  }

  /** @param {string} id @returns {Promise<Item>} */
  folder(id) {
    return this.#json('GET', `/folders/${id}/`);
  }

  /** The sub-folders. @param {string} id @returns {Promise<Item[]>} */
  async folders(id) {
    return list(await this.#json('GET', `/folders/${id}/folders`));
  }

  /** How many messages or sub-folders there are. @param {string} id @param {'messages' | 'folders'} what */
  async count(id, what) {
    const answer = await this.#request('HEAD', `/folders/${id}/${what}`);
    const count = Number(answer.header('x-mapistore-rowcount') ?? NaN);
    if (!Number.isInteger(count) || count < 0) throw new MapiError('transport', `the service does not say how many ${what} there are`);
    return count;
  }

  /**
   * The messages of a folder, or nothing if they are those that had this tag.
   *
   * @param {string} id
   * @param {string} [etag]
   * @returns {Promise<{ items: Item[], etag?: string } | undefined>}
   */
  async messages(id, etag) {
    const response = await this.#request('GET', `/folders/${id}/messages`, undefined, etag ? { 'if-none-match': etag } : {});
    if (response.status === 304) return undefined;
    const items = list(response.json()).filter((item) => COLLECTIONS.includes(item.collection));
    return { items, etag: response.header('etag') };
  }

  /** @param {string} parent @param {Item} properties @returns {Promise<string>} the new folder's id */
  async createFolder(parent, properties) {
    return idOf(await this.#json('POST', '/folders/', { ...properties, parent_id: parent }));
  }

  /** @param {string} id @param {Item} properties */
  async updateFolder(id, properties) {
    await this.#request('PUT', `/folders/${id}/`, properties);
  }

  /** With all that is in it. @param {string} id */
  async deleteFolder(id) {
    await this.#request('DELETE', `/folders/${id}/`);
  }

  /** @param {string} collection @param {string} id @returns {Promise<Item>} */
  item(collection, id) {
    return this.#json('GET', `/${collection}/${id}/`);
  }

  /** @param {string} collection @param {string} parent @param {Item} properties @returns {Promise<string>} the new item's id */
  async createItem(collection, parent, properties) {
    return idOf(await this.#json('POST', `/${collection}/`, { ...properties, parent_id: parent }));
  }

  /** Sets what is given; `null` takes a property away. @param {string} collection @param {string} id @param {Item} properties */
  async updateItem(collection, id, properties) {
    await this.#request('PUT', `/${collection}/${id}/`, properties);
  }

  /** @param {string} collection @param {string} id */
  async deleteItem(collection, id) {
    await this.#request('DELETE', `/${collection}/${id}/`);
  }

  /** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
  async #json(method, path, body) {
    return (await this.#request(method, path, body)).json();
  }

  /** @param {string} method @param {string} path @param {unknown} [body] @param {Record<string, string>} [more] @returns {Promise<Response>} */
  async #request(method, path, body, more = {}) {
    const headers = { ...this.#headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more };
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const response = await request(method, this.#base + path, { headers, body: sent, timeout: this.#timeout });
    if (response.ok || response.status === 304) return response;
    const code = CODES.get(response.status) ?? (response.status >= 500 ? 'not-available' : 'transport');
    throw new MapiError(code, `the service answered ${response.status} to \`${method} ${path}\``);
  }
}

/** @param {any} answer @returns {Item[]} */
function list(answer) {
  if (!Array.isArray(answer) || answer.some((item) => typeof item !== 'object' || item === null)) throw new MapiError('transport', 'the service answered no list of objects');
  return answer;
}

/** @param {any} answer */
function idOf(answer) {
  const id = answer?.id;
  if (typeof id !== 'string' && typeof id !== 'number') throw new MapiError('transport', 'the service does not say the id of what it made');
  return `${id}`;
}
