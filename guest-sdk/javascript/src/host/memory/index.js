// The index in memory, with the rules of `wit/index.wit`. Numbers are GLOBCNTs; keys are URIs without their trailing slash, which is
// insignificant.

/** @import { ChangeNumber, DeleteMode, Fmid, IdRange, IndexEntry } from '../../contract.js' */

import { fromGlobcnt, globcnt } from '../../change-key.js';
import { MapiError } from '../../error.js';

const MAX_ITEMS = 10_000;
const encoder = new TextEncoder();

/** @param {string} uri */
const key = (uri) => (uri.endsWith('/') ? uri.slice(0, -1) : uri);

/** @param {string} what @param {number} count @param {number} [max] */
function checkCount(what, count, max = MAX_ITEMS) {
  if (count < 1 || count > max) throw new MapiError('invalid-parameter', `${count} ${what}, 1 to ${max} are allowed`);
}

/** @param {any[]} items */
function checkList(items) {
  if (items.length > MAX_ITEMS) throw new MapiError('invalid-parameter', `${items.length} items, at most ${MAX_ITEMS} are allowed`);
}

/** @param {string} uri */
function checkUri(uri) {
  const { length } = encoder.encode(uri);
  if (length < 1 || length > 4096) throw new MapiError('invalid-parameter', `a URI of ${length} bytes, 1 to 4096 are allowed`);
}

/** Records by their number, in the order of allocation. */
export class Index {
  #last = 0n;
  /** @type {Map<bigint, { uri: string, softDeleted: boolean }>} */
  #records = new Map();
  /** @type {Map<string, bigint>} */
  #live = new Map();
  /** The number of each tombstone, in the order in which they were made. @type {{ number: bigint, change: bigint }[]} */
  #tombstones = [];

  /** @param {bigint | undefined} number @returns {IndexEntry | undefined} */
  #entry(number) {
    const record = number === undefined ? undefined : this.#records.get(number);
    return record && { id: fromGlobcnt(/** @type {bigint} */ (number)), ...record };
  }

  #allocate() {
    this.#last += 1n;
    return this.#last;
  }

  /** @param {bigint} number @param {string} uri */
  #insert(number, uri) {
    this.#live.set(key(uri), number);
    this.#records.set(number, { uri, softDeleted: false });
  }

  /** The live records whose URI begins with `prefix`, in the order of allocation. @param {string} prefix */
  #below(prefix) {
    const found = [...this.#live.values()].filter((number) => this.#records.get(number)?.uri.startsWith(prefix));
    return found.sort((a, b) => (a < b ? -1 : 1));
  }

  getUris(/** @type {Fmid[]} */ ids) {
    checkList(ids);
    return ids.map((id) => this.#entry(globcnt(id)));
  }

  getIds(/** @type {string[]} */ uris) {
    checkList(uris);
    const buried = (/** @type {string} */ uri) => this.#tombstones.findLast(({ number }) => key(this.#records.get(number)?.uri ?? '') === key(uri))?.number;
    return uris.map((uri) => this.#entry(this.#live.get(key(uri)) ?? buried(uri)));
  }

  ensureIds(/** @type {string[]} */ uris) {
    checkList(uris);
    uris.forEach(checkUri);
    return uris.map((uri) => {
      const known = this.#live.get(key(uri));
      const number = known ?? this.#allocate();
      if (known === undefined) this.#insert(number, uri);
      return fromGlobcnt(number);
    });
  }

  find(/** @type {string} */ prefix, /** @type {string} */ suffix, /** @type {Fmid | undefined} */ after, /** @type {number} */ limit) {
    checkCount('records', limit);
    const start = after == null ? 0n : globcnt(after);
    const found = this.#below(prefix).filter((number) => number > start && this.#records.get(number)?.uri.endsWith(suffix));
    return found.slice(0, limit).map((number) => /** @type {IndexEntry} */ (this.#entry(number)));
  }

  add(/** @type {Fmid} */ id, /** @type {string} */ uri) {
    checkUri(uri);
    const number = globcnt(id);
    if (number === 0n || number > this.#last) throw new MapiError('invalid-parameter', `id \`${id}\` was never allocated`);
    if (this.#records.has(number) || this.#live.has(key(uri))) throw new MapiError('exists', `\`${uri}\` or id \`${id}\` has a record`);
    this.#insert(number, uri);
  }

  update(/** @type {Fmid} */ id, /** @type {string} */ uri) {
    checkUri(uri);
    const number = globcnt(id);
    const record = this.#records.get(number);
    if (!record || record.softDeleted) throw new MapiError('not-found', `id \`${id}\` has no live record`);
    if ((this.#live.get(key(uri)) ?? number) !== number) throw new MapiError('exists', `\`${uri}\` has a record`);
    this.#live.delete(key(record.uri));
    this.#insert(number, uri);
  }

  renamePrefix(/** @type {string} */ old, /** @type {string} */ renamed) {
    checkUri(old);
    checkUri(renamed);
    if (!old.endsWith('/') || !renamed.endsWith('/') || (renamed !== old && renamed.startsWith(old))) {
      throw new MapiError('invalid-parameter', `\`${old}\` cannot become \`${renamed}\``);
    }
    if (renamed === old) return 0n;
    if (this.#live.has(key(renamed)) || this.#below(renamed).length > 0) throw new MapiError('exists', `there are records below \`${renamed}\``);
    const numbers = this.#below(old);
    for (const number of numbers) {
      const { uri } = /** @type {{ uri: string }} */ (this.#records.get(number));
      this.#live.delete(key(uri));
      this.#insert(number, renamed + uri.slice(old.length));
    }
    return BigInt(numbers.length);
  }

  remove(/** @type {Fmid[]} */ ids, /** @type {DeleteMode} */ mode) {
    checkList(ids);
    for (const number of ids.map(globcnt)) {
      const record = this.#records.get(number);
      if (!record || (mode === 'soft' && record.softDeleted)) continue;
      if (!record.softDeleted) this.#live.delete(key(record.uri));
      if (mode === 'soft') {
        record.softDeleted = true;
        this.#tombstones.push({ number, change: this.#allocate() });
      } else {
        this.#records.delete(number);
        this.#tombstones = this.#tombstones.filter((tombstone) => tombstone.number !== number);
      }
    }
  }

  listDeleted(/** @type {string} */ prefix, /** @type {ChangeNumber} */ since) {
    const after = this.#tombstones.filter(({ change }) => change > globcnt(since));
    const entries = after.map(({ number }) => /** @type {IndexEntry} */ (this.#entry(number)));
    return entries.filter(({ uri }) => uri.startsWith(prefix));
  }

  /** @returns {IdRange} */
  reserve(/** @type {number} */ count) {
    checkCount('ids', count, 65_536);
    const first = fromGlobcnt(this.#last + 1n);
    this.#last += BigInt(count);
    return { first, count };
  }

  nextChangeNumbers(/** @type {number} */ count) {
    checkCount('change numbers', count);
    return Array.from({ length: count }, () => fromGlobcnt(this.#allocate()));
  }
}
