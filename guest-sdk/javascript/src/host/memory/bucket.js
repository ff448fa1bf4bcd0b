// A bucket in memory, with the rules of `wasi:keyvalue` as the host keeps them.

import { MapiError } from '../../error.js';

const MAX_KEYS = 1_000;
const MAX_VALUE = 1024 * 1024;
const encoder = new TextEncoder();

/** @param {string} key */
function check(key) {
  const { length } = encoder.encode(key);
  if (length < 1 || length > 480) throw new MapiError('invalid-parameter', `a key of ${length} bytes, 1 to 480 are allowed`);
}

/** Keys come in the order of their bytes. @param {string} a @param {string} b */
function byBytes(a, b) {
  const [one, other] = [encoder.encode(a), encoder.encode(b)];
  const differs = one.findIndex((byte, at) => byte !== other[at]);
  return differs < 0 ? one.length - other.length : one[differs] - (other[differs] ?? -1);
}

/** Keys and values. */
export class Bucket {
  /** @type {Map<string, Uint8Array>} */
  #values = new Map();

  get(/** @type {string} */ key) {
    check(key);
    return this.#values.get(key)?.slice();
  }
  set(/** @type {string} */ key, /** @type {Uint8Array} */ value) {
    check(key);
    if (value.length > MAX_VALUE) throw new MapiError('too-big', `a value of ${value.length} bytes, ${MAX_VALUE} are allowed`);
    this.#values.set(key, value.slice());
  }
  delete(/** @type {string} */ key) {
    check(key);
    this.#values.delete(key);
  }
  exists(/** @type {string} */ key) {
    check(key);
    return this.#values.has(key);
  }
  listKeys(/** @type {string | undefined} */ cursor) {
    const all = [...this.#values.keys()].filter((key) => cursor === undefined || byBytes(key, cursor) > 0).sort(byBytes);
    const keys = all.slice(0, MAX_KEYS);
    return { keys, cursor: all.length > keys.length ? keys.at(-1) : undefined };
  }
  getMany(/** @type {string[]} */ keys) {
    return keys.map((key) => this.get(key));
  }
  setMany(/** @type {[string, Uint8Array][]} */ pairs) {
    pairs.forEach(([key]) => check(key));
    pairs.forEach(([key, value]) => this.set(key, value));
  }
  deleteMany(/** @type {string[]} */ keys) {
    keys.forEach((key) => this.delete(key));
  }
  increment(/** @type {string} */ key, /** @type {bigint} */ delta) {
    const kept = this.get(key) ?? new Uint8Array(8);
    if (kept.length !== 8) throw new MapiError('invalid-data', `the value of \`${key}\` is no number`);
    const view = new DataView(kept.buffer);
    const sum = view.getBigInt64(0, true) + delta;
    if (BigInt.asIntN(64, sum) !== sum) throw new MapiError('invalid-data', 'the sum is beyond 64 bits');
    view.setBigInt64(0, sum, true);
    this.set(key, kept);
    return sum;
  }
}
