/**
 * A value as it crosses the boundary, by the type of its tag.
 *
 * @param {PropertyTag} tag
 * @param {Value} value
 * @returns {WireValue}
 * @throws {TypeError} if it is not a value of that type
 */
export function toWire(tag: PropertyTag, value: Value): WireValue;
/**
 * The value that crossed the boundary. Lists are arrays, whatever kind of list they came as.
 *
 * @param {WireValue} wire
 * @returns {Value}
 */
export function fromWire({ tag, val }: WireValue): Value;
/**
 * What a caller gets who asks for `wanted` where a property is kept under `tag`: `not-found` for another type; text is converted between
 * PtypString and PtypString8 (code page 1252); what is larger than the limit is deferred.
 *
 * @param {PropertyTag} wanted
 * @param {PropertyTag} tag
 * @param {Value | undefined} value
 * @param {number} [inlineLimit]
 * @returns {Cell}
 */
export function cell(wanted: PropertyTag, tag: PropertyTag, value: Value | undefined, inlineLimit?: number): Cell;
/**
 * A date as FILETIME, units of 100 ns since 1601; 0 before that.
 *
 * @param {Date} date
 */
export function filetime(date: Date): bigint;
/** The date of a FILETIME, to the millisecond. @param {bigint} filetime */
export function dateFromFiletime(filetime: bigint): Date;
/** Text as a property stream holds it: UTF-16LE (MS-OXCPRPT 2.2.14). @param {string} text */
export function utf16le(text: string): Uint8Array<ArrayBuffer>;
/** The text of a property stream. @param {Uint8Array} bytes */
export function textFromUtf16le(bytes: Uint8Array): string;
/** Text in code page 1252, with `?` for what it lacks. @param {string} text */
export function string8(text: string): Uint8Array<ArrayBuffer>;
/** The text of bytes in code page 1252. @param {Uint8Array} bytes */
export function textFromString8(bytes: Uint8Array): string;
/**
 * The bytes of a value as a property stream has them (MS-OXCPRPT 2.2.14); undefined for types that have no stream.
 *
 * @param {PropertyTag} tag
 * @param {Value} value
 */
export function toStream(tag: PropertyTag, value: Value): Uint8Array<ArrayBufferLike> | undefined;
/**
 * The value that the bytes of a stream make under a tag.
 *
 * @param {PropertyTag} tag
 * @param {Uint8Array} bytes
 * @returns {Value}
 */
export function fromStream(tag: PropertyTag, bytes: Uint8Array): Value;
/** A good inline limit: 32 KiB. */
export const INLINE_LIMIT: number;
export function propertyId(tag: PropertyTag): number;
export function propertyType(tag: PropertyTag): number;
export function propertyTag(id: number, type: number): PropertyTag;
export function withType(tag: PropertyTag, type: number): number;
export function showTag(tag: PropertyTag): string;
export function problem(code: ErrorCode): Cell;
/** The cell of a property that the object does not have. @type {Cell} */
export const NOT_FOUND: Cell;
import type { PropertyTag } from './contract.js';
import type { Value } from './contract.js';
import type { WireValue } from './contract.js';
import type { Cell } from './contract.js';
import type { ErrorCode } from './contract.js';
