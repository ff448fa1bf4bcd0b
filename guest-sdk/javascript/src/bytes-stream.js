// A property stream over bytes in memory.

import { MapiError } from './error.js';
import { PropertyStream } from './objects.js';

/** More than a message is allowed to have in memory. */
const MAX_BYTES = 0x4000_0000;

/** A ready stream for values that fit into memory. */
export class BytesStream extends PropertyStream {
  /** What the value is in; its size is `#size`. */
  #buffer;
  #size;
  /** @type {((bytes: Uint8Array) => void | Promise<void>) | undefined} */
  #onCommit;

  /**
   * @param {Uint8Array} bytes
   * @param {(bytes: Uint8Array) => void | Promise<void>} [onCommit] Gets all of the bytes at each `commit`. Without it the stream
   *   refuses to be written.
   */
  constructor(bytes, onCommit) {
    super();
    // What is written before `commit` changes nothing that others have.
    this.#buffer = onCommit ? bytes.slice() : bytes;
    this.#size = bytes.length;
    this.#onCommit = onCommit;
  }

  /** @override */
  size() {
    return this.#size;
  }

  /** @override @param {bigint} offset @param {number} length */
  read(offset, length) {
    const start = offset < BigInt(this.#size) ? Number(offset) : this.#size;
    return this.#buffer.slice(start, Math.min(start + length, this.#size));
  }

  /** @override @param {bigint} offset @param {Uint8Array} data */
  write(offset, data) {
    this.#checkWritable();
    const end = this.#fitting(offset + BigInt(data.length));
    this.#grow(end);
    this.#buffer.set(data, end - data.length);
  }

  /** @override @param {bigint} size */
  setSize(size) {
    this.#checkWritable();
    const wanted = this.#fitting(size);
    this.#grow(wanted);
    this.#buffer.fill(0, wanted, this.#size);
    this.#size = wanted;
  }

  /** @override @returns {void | Promise<void>} */
  commit() {
    return this.#checkWritable()(this.#buffer.slice(0, this.#size));
  }

  #checkWritable() {
    if (!this.#onCommit) throw new MapiError('denied', 'the stream was opened for reading');
    return this.#onCommit;
  }

  /** @param {bigint} size */
  #fitting(size) {
    if (size > MAX_BYTES) throw new MapiError('too-big', 'the value does not fit into memory');
    return Number(size);
  }

  /** Makes the value at least this large. @param {number} size */
  #grow(size) {
    if (size > this.#buffer.length) {
      // Twice the size, so that a value that is written piece by piece is not copied each time.
      const larger = new Uint8Array(Math.max(size, Math.min(2 * this.#buffer.length, MAX_BYTES)));
      larger.set(this.#buffer.subarray(0, this.#size));
      this.#buffer = larger;
    }
    this.#size = Math.max(this.#size, size);
  }
}
