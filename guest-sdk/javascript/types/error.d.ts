/** @import { ErrorCode } from './contract.js' */
/** Every code of the contract. @type {readonly ErrorCode[]} */
export const ERROR_CODES: readonly ErrorCode[];
/**
 * Why a call failed. Throw it; any other exception reaches the caller as `failed`, and its stack the host's log.
 *
 * @example throw new MapiError('not-found', `there is no note \`${name}\``);
 */
export class MapiError extends Error {
    /**
     * The backend does not do this at all.
     *
     * @param {string} what The function, such as `folder.move-to`.
     */
    static notImplemented(what: string): MapiError;
    /**
     * @param {ErrorCode} code What the caller acts on.
     * @param {string} [detail] What the operator reads: lower case, no full stop, and no secrets, since it is logged.
     */
    constructor(code: ErrorCode, detail?: string);
    /** @readonly */
    readonly code: ErrorCode;
    /** @readonly */
    readonly detail: string | undefined;
}
import type { ErrorCode } from './contract.js';
