// What the host does for a backend: the index of ids and URIs, keys and values, named properties, notifications, the log. In a component
// these are the host's own; under node they work in memory (`mapistore/testing`).

/** @import { ChangeNumber, DeleteMode, Fid, Fmid, Guid, IdRange, IndexEntry, Mid, PropertyTag } from './contract.js' */

import { host } from '#host';
import { MapiError } from './error.js';

/** @template T @param {ArrayLike<T>} list @returns {T[]} */
const array = (list) => Array.from(list);
/** @template T @param {T | null | undefined} value @returns {T | undefined} */
const optional = (value) => value ?? undefined;

/**
 * The mailbox owner's map between FID/MID and URI, and the source of ids and change numbers (`wit/index.wit`). Each call is one
 * transaction. Prefer one call with a list to a loop; a call takes at most 10,000.
 */
export const index = {
  /** The record of each id, live or tombstone. @param {Fmid[]} ids @returns {(IndexEntry | undefined)[]} */
  getUris: (ids) => array(host.index.getUris(ids)).map(optional),
  /** The record of each URI: the live one, or the tombstone made last. @param {string[]} uris @returns {(IndexEntry | undefined)[]} */
  getIds: (uris) => array(host.index.getIds(uris)).map(optional),
  /** The live id of each URI; where there is none, a fresh one is registered. @param {string[]} uris @returns {Fmid[]} */
  ensureIds: (uris) => array(host.index.ensureIds(uris)),
  /** Live records by literal prefix and suffix, in the order of their allocation. @param {string} prefix @param {string} [suffix] @param {Fmid} [after] @param {number} [limit] @returns {IndexEntry[]} */
  find: (prefix, suffix = '', after, limit = 10_000) => array(host.index.find(prefix, suffix, after, limit)),
  /** Registers a URI under an id that the host allocated. @param {Fmid} id @param {string} uri @returns {void} */
  add: (id, uri) => host.index.add(id, uri),
  /** Gives a live record another URI. @param {Fmid} id @param {string} uri @returns {void} */
  update: (id, uri) => host.index.update(id, uri),
  /** Renames a container with all that is live below it; answers the number of records that changed. @param {string} old @param {string} renamed @returns {bigint} */
  renamePrefix: (old, renamed) => host.index.renamePrefix(old, renamed),
  /** Makes live records tombstones, or records go for good. @param {Fmid[]} ids @param {DeleteMode} mode @returns {void} */
  remove: (ids, mode) => host.index.remove(ids, mode),
  /** Tombstones below a prefix that were made after `since`, in the order in which they were made. @param {string} prefix @param {ChangeNumber} [since] @returns {IndexEntry[]} */
  listDeleted: (prefix, since = 0n) => array(host.index.listDeleted(prefix, since)),
  /** Allocates ids without registering anything. @param {number} count @returns {IdRange} */
  reserve: (count) => host.index.reserve(count),
  /** Fresh change numbers, each greater than all before. @param {number} count @returns {ChangeNumber[]} */
  nextChangeNumbers: (count) => array(host.index.nextChangeNumbers(count)),
  /** One fresh change number. @returns {ChangeNumber} */
  nextChangeNumber: () => host.index.nextChangeNumbers(1)[0],
};

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * A bucket of keys and values that the host keeps, durable, for this backend and the context's owner. A key has 1 to 480 bytes, a value
 * at most 1 MiB. Its handle is closed when nothing refers to the bucket any more, or by `[Symbol.dispose]()`.
 */
export class Bucket {
  #bucket;

  /** Opens a bucket; it is there when it is first written to. Not in `init`. @param {string} name */
  constructor(name) {
    this.#bucket = host.open(name);
  }

  /** The value of a key. @param {string} key @returns {Uint8Array | undefined} */
  get(key) {
    return this.#bucket.get(key);
  }
  /** Writes a value, over the one that was there. @param {string} key @param {Uint8Array | string} value Text is kept as UTF-8. */
  set(key, value) {
    this.#bucket.set(key, bytes(value));
  }
  /** The text of a key. @param {string} key @returns {string | undefined} */
  getText(key) {
    const value = this.get(key);
    return value && text(key, value);
  }
  /** Removes a key; one that is not there is no error. @param {string} key */
  delete(key) {
    this.#bucket.delete(key);
  }
  /** Whether there is such a key. @param {string} key @returns {boolean} */
  has(key) {
    return this.#bucket.exists(key);
  }
  /** All keys that begin with `prefix`, in the order of their bytes. @param {string} [prefix] @returns {Generator<string>} */
  *keys(prefix = '') {
    // The keys after a cursor follow: the prefix itself would be left out.
    if (prefix && this.has(prefix)) yield prefix;
    /** @type {string | undefined} */
    let cursor = prefix || undefined;
    do {
      const page = this.#bucket.listKeys(cursor);
      for (const key of page.keys) {
        if (!key.startsWith(prefix)) return;
        yield key;
      }
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined);
  }
  /** The value of each key, in their order. @param {string[]} keys @returns {(Uint8Array | undefined)[]} */
  getMany(keys) {
    return this.#bucket.getMany(keys);
  }
  /** Writes all of them, or none. At most 10,000, and 32 MiB. @param {Iterable<readonly [string, Uint8Array | string]>} pairs */
  setMany(pairs) {
    this.#bucket.setMany(Array.from(pairs, ([key, value]) => [key, bytes(value)]));
  }
  /** Removes all of them, or none. At most 10,000. @param {string[]} keys */
  deleteMany(keys) {
    this.#bucket.deleteMany(keys);
  }
  /** Adds to a number, and answers the sum; a key that is not there counts as 0. @param {string} key @param {bigint} [delta] @returns {bigint} */
  increment(key, delta = 1n) {
    return this.#bucket.increment(key, delta);
  }
  /** Closes the handle. */
  [Symbol.dispose]() {
    this.#bucket[Symbol.dispose]();
  }
}

/** @param {Uint8Array | string} value */
const bytes = (value) => (typeof value === 'string' ? encoder.encode(value) : value);

/** @param {string} key @param {Uint8Array} value */
function text(key, value) {
  try {
    return decoder.decode(value);
  } catch {
    throw new MapiError('corrupted', `the value of \`${key}\` is not UTF-8`);
  }
}

/** @typedef {{ set: Guid, lid: number, name?: undefined } | { set: Guid, name: string, lid?: undefined }} NamedProperty */

/** The map between named properties and property ids from 0x8000 (`wit/named-properties.wit`). */
export const namedProperties = {
  /** The id of each name; with `create`, unknown names get one. @param {NamedProperty[]} names @param {boolean} [create] @returns {(number | undefined)[]} */
  toIds(names, create = false) {
    const wire = names.map(({ set, lid, name }) => ({ set, name: lid === undefined ? { tag: 'name', val: name } : { tag: 'lid', val: lid } }));
    return array(host.names.toIds(wire, create)).map(optional);
  },
  /** The name of each id; undefined for one that was never given out. @param {number[]} ids @returns {(NamedProperty | undefined)[]} */
  toNames(ids) {
    const named = (/** @type {any} */ found) => found && { set: found.set, [found.name.tag]: found.name.val };
    return array(host.names.toNames(ids)).map(named);
  },
};

/** @typedef {{ folder: Fid, message?: Mid }} NotifiedObject A folder, or a message in it. */
/**
 * @typedef {{ tag: 'new-mail' | 'created' | 'deleted', val: NotifiedObject }
 *   | { tag: 'modified', val: { target: NotifiedObject, tags: PropertyTag[] } }
 *   | { tag: 'moved' | 'copied', val: { to: NotifiedObject, source: NotifiedObject } } | { tag: 'table-changed', val: Fid }} Event
 */

/** Announcements of changes that are already durable, delivered after the current call has succeeded (`wit/notifications.wit`). */
export const notifications = {
  /** @param {Event[]} events */
  publish: (events) => host.publish(events),
};

/** @param {'trace' | 'debug' | 'info' | 'warn' | 'error' | 'critical'} level */
const logger = (level) => (/** @type {string} */ message, context = 'backend') => host.log(level, context, String(message));

/** The host's log. A line belongs to a context, free text that groups lines. `console.log` goes there as well, without a level. */
export const log = {
  trace: logger('trace'),
  debug: logger('debug'),
  info: logger('info'),
  warn: logger('warn'),
  error: logger('error'),
  critical: logger('critical'),
};
