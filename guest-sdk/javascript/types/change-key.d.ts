/**
 * An id or change number as an XID (MS-OXCFXICS 2.2.2.2): that of a change number is its change key, that of an id PidTagSourceKey.
 *
 * @param {Guid} replica
 * @param {Fmid | ChangeNumber} id
 */
export function xid(replica: Guid, id: Fmid | ChangeNumber): Uint8Array<ArrayBuffer>;
/**
 * A predecessor change list (MS-OXCFXICS 2.2.2.3) with `changeKey` in the place of its replica's entry. What of the list cannot be read is
 * left out.
 *
 * @param {Uint8Array} list
 * @param {Uint8Array} changeKey
 */
export function predecessors(list: Uint8Array, changeKey: Uint8Array): Uint8Array<ArrayBuffer>;
export function fromGlobcnt(globcnt: bigint): Fmid;
export function globcnt(id: Fmid | ChangeNumber): bigint;
import type { Guid } from './contract.js';
import type { Fmid } from './contract.js';
import type { ChangeNumber } from './contract.js';
