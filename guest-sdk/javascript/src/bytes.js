// Bytes from the host are made in another global scope of the engine: they are a `Uint8Array` there, and `instanceof` says no here.

/** Whether a value is bytes, wherever they were made. @param {unknown} value @returns {value is Uint8Array} */
export const isBytes = (value) => Object.prototype.toString.call(value) === '[object Uint8Array]';

/** The same bytes, not a copy, as a `Uint8Array` of this scope; anything else as it is. @param {any} value */
export const own = (value) =>
  isBytes(value) && !(value instanceof Uint8Array) ? new Uint8Array(/** @type {any} */ (value).buffer, /** @type {any} */ (value).byteOffset, /** @type {any} */ (value).length) : value;
