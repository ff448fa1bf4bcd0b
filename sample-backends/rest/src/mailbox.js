// One user's mailbox: where objects are (URIs), their ids, and their change numbers, which the service does not have. A folder's URI is
// that of its parent and its id; a message's is its folder's, and `COLLECTION.ID`.

/** @import { Api } from './api.js' */
/** @import { Item } from './json.js' */

import * as m from 'mapistore';

/** Larger lists are fetched again each time: a value of the store has at most 1 MiB. */
const MAX_KEPT = 1_000_000;

/** Who saves a message does not mind that somebody else has read it. */
const NO_CONFLICT = ['PidTagMessageFlags'];

/** @typedef {{ digest: string, number: m.ChangeNumber, predecessors: Uint8Array, key?: Uint8Array }} Change With the change key, if it is another store's. */

/** A mailbox of the service, and what is kept of it. */
export class Mailbox {
  /** @param {Api} api @param {m.Guid} replica */
  constructor(api, replica) {
    this.api = api;
    this.replica = replica;
    this.lists = new m.Bucket('lists');
    this.changes = new m.Bucket('changes');
  }

  /** The messages of a folder: only fetched if they are not those of the last time. @param {string} id @returns {Promise<Item[]>} */
  async messages(id) {
    const kept = parsed(this.lists.getText(id));
    const listed = await this.api.messages(id, kept?.etag);
    if (!listed) return kept.items;
    const text = JSON.stringify(listed);
    if (listed.etag && text.length * 3 <= MAX_KEPT) this.lists.set(id, text);
    return listed.items;
  }

  /**
   * The change of each item: that of the last time if it is the same, otherwise a new one.
   *
   * @param {Item[]} items
   * @returns {Promise<Change[]>}
   */
  async changesOf(items) {
    const digests = await Promise.all(items.map((item) => digest(item)));
    const kept = items.length ? this.changes.getMany(items.map(leaf)).map(change) : [];
    const stale = items.map((_, at) => at).filter((at) => kept[at]?.digest !== digests[at]);
    const numbers = stale.length ? m.index.nextChangeNumbers(stale.length) : [];
    stale.forEach((at, next) => {
      kept[at] = this.#next(kept[at], digests[at], numbers[next]);
    });
    if (stale.length) this.changes.setMany(stale.map((at) => [leaf(items[at]), serialized(kept[at])]));
    return /** @type {Change[]} */ (kept);
  }

  /**
   * Remembers that an item has changed, under a number that it was given, and with the keys of another store, if it comes from there.
   *
   * @param {Item} item
   * @param {m.ChangeNumber} number
   * @param {m.ImportKeys} [keys]
   */
  async changed(item, number, keys) {
    const kept = keys
      ? { digest: await digest(item), number, predecessors: keys.predecessors, key: keys.changeKey }
      : this.#next(change(this.changes.get(leaf(item))), await digest(item), number);
    this.changes.set(leaf(item), serialized(kept));
    return kept;
  }

  /** Whether nobody changed an item in between. @param {Item} before @param {Item} now */
  async isSame(before, now) {
    return (await digest(before, NO_CONFLICT)) === (await digest(now, NO_CONFLICT));
  }

  /** Takes out of the index, and of what is kept, what is gone. @param {m.Fmid[]} ids @param {m.DeleteMode} mode */
  forget(ids, mode) {
    const uris = m.index.getUris(ids).flatMap((entry) => (entry && !entry.softDeleted && !entry.uri.endsWith('/') ? [entry.uri] : []));
    if (uris.length) this.changes.deleteMany(uris.map((uri) => uri.split('/').at(-1) ?? ''));
    m.index.remove(ids, mode);
  }

  /** @param {Change | undefined} before @param {string} digest @param {m.ChangeNumber} number @returns {Change} */
  #next(before, digest, number) {
    const key = m.xid(this.replica, number);
    return { digest, number, predecessors: m.predecessors(before?.predecessors ?? new Uint8Array(), key) };
  }

  /** Adds to properties what the service does not have: ids and the state of synchronization. @param {m.Properties} properties @param {m.Fmid} id @param {Change} change */
  stamp(properties, id, { number, predecessors, key = m.xid(this.replica, number) }) {
    return properties
      .set(m.PidTagChangeNumber, number)
      .set(m.PidTagChangeKey, key)
      .set(m.PidTagPredecessorChangeList, predecessors)
      .set(m.PidTagSourceKey, m.xid(this.replica, id));
  }
}

/** What stands for an item in its folder's URI, and in the bucket of changes. @param {Item} item */
export const leaf = ({ collection, id }) => `${collection}.${encodeURIComponent(id)}`;

/** What a URI's last part stands for: a folder, or a message. @param {string} uri @returns {{ collection?: string, id: string }} */
export function named(uri) {
  const last = uri.replace(/\/$/, '').split('/').at(-1) ?? '';
  const [collection, id] = uri.endsWith('/') ? [undefined, last] : [last.slice(0, last.indexOf('.')), last.slice(last.indexOf('.') + 1)];
  return { collection, id: decodeURIComponent(id) };
}

/** @param {Item} item @param {string[]} [without] */
async function digest(item, without = []) {
  const counted = Object.entries(item).filter(([name]) => !without.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(counted)));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {Change | undefined} change */
function serialized(change) {
  if (!change) return '';
  const { digest, number, predecessors, key } = change;
  return JSON.stringify({ digest, number: `${number}`, predecessors: Array.from(predecessors), key: key && Array.from(key) });
}

/** @param {Uint8Array | undefined} bytes @returns {Change | undefined} */
function change(bytes) {
  const kept = parsed(bytes && new TextDecoder().decode(bytes));
  if (!kept) return undefined;
  const key = kept.key && Uint8Array.from(kept.key);
  return { digest: kept.digest, number: BigInt(kept.number), predecessors: Uint8Array.from(kept.predecessors), key };
}

/** What was kept can be made again: what cannot be read is as good as nothing. @param {string | undefined} text @returns {any} */
function parsed(text) {
  try {
    return text && JSON.parse(text);
  } catch {
    return undefined;
  }
}
