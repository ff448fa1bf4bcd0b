export namespace index {
    function getUris(ids: Fmid[]): (IndexEntry | undefined)[];
    function getIds(uris: string[]): (IndexEntry | undefined)[];
    function ensureIds(uris: string[]): Fmid[];
    function find(prefix: string, suffix?: string, after?: Fmid, limit?: number): IndexEntry[];
    function add(id: Fmid, uri: string): void;
    function update(id: Fmid, uri: string): void;
    function renamePrefix(old: string, renamed: string): bigint;
    function remove(ids: Fmid[], mode: DeleteMode): void;
    function listDeleted(prefix: string, since?: ChangeNumber): IndexEntry[];
    function reserve(count: number): IdRange;
    function nextChangeNumbers(count: number): ChangeNumber[];
    function nextChangeNumber(): ChangeNumber;
}
/**
 * A bucket of keys and values that the host keeps, durable, for this backend and the context's owner. A key has 1 to 480 bytes, a value
 * at most 1 MiB. Its handle is closed when nothing refers to the bucket any more, or by `[Symbol.dispose]()`.
 */
export class Bucket {
    /** Opens a bucket; it is there when it is first written to. Not in `init`. @param {string} name */
    constructor(name: string);
    /** The value of a key. @param {string} key @returns {Uint8Array | undefined} */
    get(key: string): Uint8Array | undefined;
    /** Writes a value, over the one that was there. @param {string} key @param {Uint8Array | string} value Text is kept as UTF-8. */
    set(key: string, value: Uint8Array | string): void;
    /** The text of a key. @param {string} key @returns {string | undefined} */
    getText(key: string): string | undefined;
    /** Removes a key; one that is not there is no error. @param {string} key */
    delete(key: string): void;
    /** Whether there is such a key. @param {string} key @returns {boolean} */
    has(key: string): boolean;
    /** All keys that begin with `prefix`, in the order of their bytes. @param {string} [prefix] @returns {Generator<string>} */
    keys(prefix?: string): Generator<string>;
    /** The value of each key, in their order. @param {string[]} keys @returns {(Uint8Array | undefined)[]} */
    getMany(keys: string[]): (Uint8Array | undefined)[];
    /** Writes all of them, or none. At most 10,000, and 32 MiB. @param {Iterable<readonly [string, Uint8Array | string]>} pairs */
    setMany(pairs: Iterable<readonly [string, Uint8Array | string]>): void;
    /** Removes all of them, or none. At most 10,000. @param {string[]} keys */
    deleteMany(keys: string[]): void;
    /** Adds to a number, and answers the sum; a key that is not there counts as 0. @param {string} key @param {bigint} [delta] @returns {bigint} */
    increment(key: string, delta?: bigint): bigint;
    /** Closes the handle. */
    [Symbol.dispose](): void;
    #private;
}
export namespace namedProperties {
    /** The id of each name; with `create`, unknown names get one. @param {NamedProperty[]} names @param {boolean} [create] @returns {(number | undefined)[]} */
    function toIds(names: NamedProperty[], create?: boolean): (number | undefined)[];
    /** The name of each id; undefined for one that was never given out. @param {number[]} ids @returns {(NamedProperty | undefined)[]} */
    function toNames(ids: number[]): (NamedProperty | undefined)[];
}
export namespace notifications {
    function publish(events: Event[]): undefined;
}
export namespace log {
    function trace(message: string, context?: string): undefined;
    function debug(message: string, context?: string): undefined;
    function info(message: string, context?: string): undefined;
    function warn(message: string, context?: string): undefined;
    function error(message: string, context?: string): undefined;
    function critical(message: string, context?: string): undefined;
}
export type NamedProperty = {
    set: Guid;
    lid: number;
    name?: undefined;
} | {
    set: Guid;
    name: string;
    lid?: undefined;
};
/**
 * A folder, or a message in it.
 */
export type NotifiedObject = {
    folder: Fid;
    message?: Mid;
};
export type Event = {
    tag: "new-mail" | "created" | "deleted";
    val: NotifiedObject;
} | {
    tag: "modified";
    val: {
        target: NotifiedObject;
        tags: PropertyTag[];
    };
} | {
    tag: "moved" | "copied";
    val: {
        to: NotifiedObject;
        source: NotifiedObject;
    };
} | {
    tag: "table-changed";
    val: Fid;
};
import type { Fmid } from './contract.js';
import type { IndexEntry } from './contract.js';
import type { DeleteMode } from './contract.js';
import type { ChangeNumber } from './contract.js';
import type { IdRange } from './contract.js';
import type { Guid } from './contract.js';
import type { Fid } from './contract.js';
import type { Mid } from './contract.js';
import type { PropertyTag } from './contract.js';
