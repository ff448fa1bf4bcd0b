/** Keys and values. */
export class Bucket {
    get(key: string): Uint8Array<ArrayBuffer> | undefined;
    set(key: string, value: Uint8Array): void;
    delete(key: string): void;
    exists(key: string): boolean;
    listKeys(cursor: string | undefined): {
        keys: string[];
        cursor: string | undefined;
    };
    getMany(keys: string[]): (Uint8Array<ArrayBuffer> | undefined)[];
    setMany(pairs: [string, Uint8Array][]): void;
    deleteMany(keys: string[]): void;
    increment(key: string, delta: bigint): bigint;
    #private;
}
