/** A ready stream for values that fit into memory. */
export class BytesStream extends PropertyStream {
    /**
     * @param {Uint8Array} bytes
     * @param {(bytes: Uint8Array) => void | Promise<void>} [onCommit] Gets all of the bytes at each `commit`. Without it the stream
     *   refuses to be written.
     */
    constructor(bytes: Uint8Array, onCommit?: (bytes: Uint8Array) => void | Promise<void>);
    /** @override */
    override size(): number;
    /** @override @param {bigint} offset @param {number} length */
    override read(offset: bigint, length: number): Uint8Array<ArrayBuffer>;
    /** @override @param {bigint} offset @param {Uint8Array} data */
    override write(offset: bigint, data: Uint8Array): void;
    /** @override @param {bigint} size */
    override setSize(size: bigint): void;
    #private;
}
import { PropertyStream } from './objects.js';
