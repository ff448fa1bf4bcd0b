/** Records by their number, in the order of allocation. */
export class Index {
    getUris(ids: Fmid[]): (IndexEntry | undefined)[];
    getIds(uris: string[]): (IndexEntry | undefined)[];
    ensureIds(uris: string[]): bigint[];
    find(prefix: string, suffix: string, after: Fmid | undefined, limit: number): IndexEntry[];
    add(id: Fmid, uri: string): void;
    update(id: Fmid, uri: string): void;
    renamePrefix(old: string, renamed: string): bigint;
    remove(ids: Fmid[], mode: DeleteMode): void;
    listDeleted(prefix: string, since: ChangeNumber): IndexEntry[];
    /** @returns {IdRange} */
    reserve(count: number): IdRange;
    nextChangeNumbers(count: number): bigint[];
    #private;
}
import type { Fmid } from '../../contract.js';
import type { IndexEntry } from '../../contract.js';
import type { DeleteMode } from '../../contract.js';
import type { ChangeNumber } from '../../contract.js';
import type { IdRange } from '../../contract.js';
