// What the host does for a backend, through the component's imports. Errors of the host become `MapiError`s here, and nowhere else.

import * as index from 'mapistore:backend/index@0.1.0';
import * as names from 'mapistore:backend/named-properties@0.1.0';
import { publish } from 'mapistore:backend/notifications@0.1.0';
import * as atomics from 'wasi:keyvalue/atomics@0.2.0-draft2';
import * as batch from 'wasi:keyvalue/batch@0.2.0-draft2';
import * as store from 'wasi:keyvalue/store@0.2.0-draft2';
import { log } from 'wasi:logging/logging@0.1.0-draft';

import { own } from '../bytes.js';
import { MapiError } from '../error.js';

/** Calls the host. @param {(...args: any[]) => any} call @param {any[]} args */
function ask(call, ...args) {
  try {
    return call(...args);
  } catch (error) {
    throw mapiError(error);
  }
}

/** @param {any} error */
function mapiError(error) {
  const payload = error?.payload;
  if (payload?.code) return new MapiError(payload.code, payload.detail ?? undefined);
  return payload?.tag ? storeError(payload) : error;
}

/** What the store says begins with the name of a code. @param {{ tag: string, val?: any }} error */
function storeError({ tag, val }) {
  if (tag === 'access-denied') return new MapiError('denied', 'there is no owner during `describe` and `init`');
  if (tag === 'no-such-store') return new MapiError('storage', 'there is no such bucket');
  if (tag === 'store-error') return storeError(val);
  const code = ['quota-exceeded', 'too-big', 'invalid-parameter', 'invalid-data'].find((code) => String(val).startsWith(`${code}:`));
  return new MapiError(/** @type {any} */ (code ?? 'storage'), String(val));
}

/** Methods of a bucket of the host. */
class Bucket {
  #bucket;

  constructor(/** @type {any} */ bucket) {
    this.#bucket = bucket;
  }
  get(/** @type {string} */ key) {
    return own(ask(() => this.#bucket.get(key)) ?? undefined);
  }
  set(/** @type {string} */ key, /** @type {Uint8Array} */ value) {
    ask(() => this.#bucket.set(key, value));
  }
  delete(/** @type {string} */ key) {
    ask(() => this.#bucket.delete(key));
  }
  exists(/** @type {string} */ key) {
    return ask(() => this.#bucket.exists(key));
  }
  listKeys(/** @type {string | undefined} */ cursor) {
    return ask(() => this.#bucket.listKeys(cursor));
  }
  getMany(/** @type {string[]} */ keys) {
    return ask(batch.getMany, this.#bucket, keys).map((/** @type {[string, Uint8Array?]} */ [, value]) => own(value ?? undefined));
  }
  setMany(/** @type {[string, Uint8Array][]} */ pairs) {
    ask(batch.setMany, this.#bucket, pairs);
  }
  deleteMany(/** @type {string[]} */ keys) {
    ask(batch.deleteMany, this.#bucket, keys);
  }
  increment(/** @type {string} */ key, /** @type {bigint} */ delta) {
    return ask(atomics.increment, this.#bucket, key, delta);
  }
  [Symbol.dispose]() {
    this.#bucket[Symbol.dispose]();
  }
}

/** Each function of an interface, with its errors as `MapiError`s. @param {Record<string, any>} functions */
function asking(functions) {
  return Object.fromEntries(Object.entries(functions).map(([name, call]) => [name, (/** @type {any[]} */ ...args) => ask(call, ...args)]));
}

export const host = {
  index: asking({
    getUris: index.getUris, getIds: index.getIds, ensureIds: index.ensureIds, find: index.find, add: index.add, update: index.update,
    renamePrefix: index.renamePrefix, remove: index.remove, listDeleted: index.listDeleted, reserve: index.reserve,
    nextChangeNumbers: index.nextChangeNumbers,
  }),
  names: asking({ toIds: names.toIds, toNames: names.toNames }),
  publish,
  open: (/** @type {string} */ name) => new Bucket(ask(store.open, name)),
  log,
};
