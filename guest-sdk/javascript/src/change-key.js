// Ids, change numbers and their binary forms in synchronization (MS-OXCFXICS 2.2.2).

/** @import { ChangeNumber, Fmid, Guid } from './contract.js' */

/** The id (or change number) with this GLOBCNT in the host's replica, 1. @param {bigint} globcnt @returns {Fmid} */
export const fromGlobcnt = (globcnt) => swapped(globcnt) | 1n;

/** The GLOBCNT of an id or change number: what compares in the order of allocation. @param {Fmid | ChangeNumber} id */
export const globcnt = (id) => swapped(id & ~0xFFFFn);

/** The 64 bits with their bytes in the opposite order. @param {bigint} value */
function swapped(value) {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value);
  return view.getBigUint64(0, true);
}

/**
 * An id or change number as an XID (MS-OXCFXICS 2.2.2.2): that of a change number is its change key, that of an id PidTagSourceKey.
 *
 * @param {Guid} replica
 * @param {Fmid | ChangeNumber} id
 */
export function xid(replica, id) {
  const bytes = new Uint8Array(22);
  const view = new DataView(bytes.buffer);
  // A GUID travels with its first three fields little-endian (MS-DTYP 2.3.4.2).
  view.setUint32(0, Number(replica.hi >> 32n), true);
  view.setUint16(4, Number((replica.hi >> 16n) & 0xFFFFn), true);
  view.setUint16(6, Number(replica.hi & 0xFFFFn), true);
  view.setBigUint64(8, replica.lo);
  // The six bytes above the replica id, in the order in which an id has them.
  const globcnt = new DataView(new ArrayBuffer(8));
  globcnt.setBigUint64(0, id, true);
  bytes.set(new Uint8Array(globcnt.buffer, 2), 16);
  return bytes;
}

/**
 * A predecessor change list (MS-OXCFXICS 2.2.2.3) with `changeKey` in the place of its replica's entry. What of the list cannot be read is
 * left out.
 *
 * @param {Uint8Array} list
 * @param {Uint8Array} changeKey
 */
export function predecessors(list, changeKey) {
  const entries = [changeKey];
  for (let at = 0; at < list.length && at + 1 + list[at] <= list.length; at += 1 + list[at]) {
    const entry = list.subarray(at + 1, at + 1 + list[at]);
    if (compare(entry.subarray(0, 16), changeKey.subarray(0, 16)) !== 0) entries.push(entry);
  }
  // The list is sorted by GUID.
  entries.sort(compare);
  return Uint8Array.from(entries.flatMap((entry) => [entry.length, ...entry]));
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function compare(a, b) {
  const differs = a.findIndex((byte, at) => byte !== b[at]);
  return differs < 0 ? a.length - b.length : a[differs] - (b[differs] ?? -1);
}
