// The error of every call: a code of the contract, and a sentence for the operator.

/** @import { ErrorCode } from './contract.js' */

/** Every code of the contract. @type {readonly ErrorCode[]} */
export const ERROR_CODES = Object.freeze([
  'failed', 'no-memory', 'not-initialized', 'corrupted', 'invalid-parameter', 'storage', 'backend-init', 'invalid-namespace',
  'invalid-uri', 'not-found', 'in-use', 'exists', 'invalid-data', 'transport', 'denied', 'connection-refused', 'not-available',
  'not-implemented', 'object-modified', 'object-deleted', 'too-complex', 'too-big', 'quota-exceeded', 'cancelled',
]);

const CODES = new Set(ERROR_CODES);

/**
 * Why a call failed. Throw it; any other exception reaches the caller as `failed`, and its stack the host's log.
 *
 * @example throw new MapiError('not-found', `there is no note \`${name}\``);
 */
export class MapiError extends Error {
  /**
   * @param {ErrorCode} code What the caller acts on.
   * @param {string} [detail] What the operator reads: lower case, no full stop, and no secrets, since it is logged.
   */
  constructor(code, detail) {
    super(detail ? `${code}: ${detail}` : code);
    if (!CODES.has(code)) throw new TypeError(`\`${code}\` is no error code of the contract`);
    this.name = 'MapiError';
    /** @readonly */
    this.code = code;
    /** @readonly */
    this.detail = detail;
  }

  /**
   * The backend does not do this at all.
   *
   * @param {string} what The function, such as `folder.move-to`.
   */
  static notImplemented(what) {
    return new MapiError('not-implemented', `this backend does not implement \`${what}\``);
  }
}
