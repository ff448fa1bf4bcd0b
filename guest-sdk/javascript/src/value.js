// Property values: from JavaScript's types by the type in the tag, to and from FILETIME, UTF-16LE and code page 1252.

/** @import { Cell, ErrorCode, PropertyTag, Value, ValueKind, WireValue } from './contract.js' */

import { isBytes, own } from './bytes.js';
import { MapiError } from './error.js';
import * as tags from './tags.js';

/** A good inline limit: 32 KiB. */
export const INLINE_LIMIT = 32 * 1024;

/** The property's id: the high 16 bits of a tag. @param {PropertyTag} tag */
export const propertyId = (tag) => tag >>> 16;
/** The property's type: the low 16 bits of a tag. @param {PropertyTag} tag */
export const propertyType = (tag) => tag & 0xFFFF;
/** The tag of this id and type, as for a named property. @param {number} id @param {number} type @returns {PropertyTag} */
export const propertyTag = (id, type) => ((id << 16) | type) >>> 0;
/** The same property, of another type. @param {PropertyTag} tag @param {number} type */
export const withType = (tag, type) => propertyTag(propertyId(tag), type);

/** @param {unknown} value @param {string} wanted @returns {never} */
function refuse(value, wanted) {
  throw new TypeError(`the value ${show(value)} is no ${wanted}`);
}

/** @param {unknown} value */
function show(value) {
  const text = typeof value === 'bigint' ? `${value}n` : typeof value === 'string' ? JSON.stringify(value) : String(value);
  return `\`${text.slice(0, 60)}\``;
}

/** @param {number} min @param {number} max @param {string} name */
function integer(min, max, name) {
  return (/** @type {unknown} */ value) =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max ? Number(value) : refuse(value, name);
}

/** @param {bigint} min @param {bigint} max @param {string} name */
function big(min, max, name) {
  return (/** @type {unknown} */ value) => {
    const number = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
    return typeof number === 'bigint' && number >= min && number <= max ? number : refuse(value, name);
  };
}

const unsigned64 = big(0n, 0xFFFF_FFFF_FFFF_FFFFn, '64-bit unsigned number');
const signed64 = big(-0x8000_0000_0000_0000n, 0x7FFF_FFFF_FFFF_FFFFn, '64-bit number');

/** FIDs and change numbers have their highest bit set sometimes: PtypInteger64 is the same bits. @param {unknown} value */
const id64 = (value) => (typeof value === 'bigint' && value > 0x7FFF_FFFF_FFFF_FFFFn ? BigInt.asIntN(64, unsigned64(value)) : signed64(value));

/** @param {unknown} value */
function text(value) {
  return typeof value === 'string' && !value.includes('\0') ? value : refuse(value, 'text without a zero character');
}
/** @param {unknown} value */
const bytes = (value) => (isBytes(value) ? value : refuse(value, '`Uint8Array`'));
/** @param {unknown} value */
const narrow = (value) => (typeof value === 'string' ? string8(value) : bytes(value));
/** @param {unknown} value */
const number = (value) => (typeof value === 'number' ? value : refuse(value, 'number'));
/** @param {unknown} value */
const boolean = (value) => (typeof value === 'boolean' ? value : refuse(value, '`true` or `false`'));
/** @param {unknown} value */
const time = (value) => (value instanceof Date ? filetime(value) : unsigned64(value));
/** @param {any} value */
const guid = (value) => (value == null ? refuse(value, 'GUID') : { hi: unsigned64(value.hi), lo: unsigned64(value.lo) });
/** @param {(value: unknown) => any} one */
const each = (one) => (/** @type {any} */ value) =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView)) ? Array.from(/** @type {any} */ (value), one) : refuse(value, 'list');
const nothing = () => undefined;

/** By type: the case that a value of it has, and what makes one. @type {Map<number, [ValueKind, (value: unknown) => any]>} */
const TYPES = new Map(/** @type {[number, [ValueKind, (value: unknown) => any]][]} */ ([
  [tags.PtypNull, ['null', nothing]],
  [tags.PtypInteger16, ['integer16', integer(-0x8000, 0x7FFF, '16-bit number')]],
  [tags.PtypInteger32, ['integer32', integer(-0x8000_0000, 0x7FFF_FFFF, '32-bit number')]],
  [tags.PtypFloating32, ['floating32', number]],
  [tags.PtypFloating64, ['floating64', number]],
  [tags.PtypCurrency, ['currency', signed64]],
  [tags.PtypFloatingTime, ['floating-time', number]],
  [tags.PtypErrorCode, ['error-code', integer(0, 0xFFFF_FFFF, '32-bit unsigned number')]],
  [tags.PtypBoolean, ['boolean', boolean]],
  [tags.PtypObject, ['object', nothing]],
  [tags.PtypInteger64, ['integer64', id64]],
  [tags.PtypString8, ['string8', narrow]],
  [tags.PtypString, ['text', text]],
  [tags.PtypTime, ['time', time]],
  [tags.PtypGuid, ['guid', guid]],
  [tags.PtypServerId, ['server-id', bytes]],
  [tags.PtypRestriction, ['restriction-blob', bytes]],
  [tags.PtypRuleAction, ['rule-actions', bytes]],
  [tags.PtypBinary, ['binary', bytes]],
  [tags.PtypMultipleInteger16, ['multiple-integer16', each(integer(-0x8000, 0x7FFF, '16-bit number'))]],
  [tags.PtypMultipleInteger32, ['multiple-integer32', each(integer(-0x8000_0000, 0x7FFF_FFFF, '32-bit number'))]],
  [tags.PtypMultipleFloating32, ['multiple-floating32', each(number)]],
  [tags.PtypMultipleFloating64, ['multiple-floating64', each(number)]],
  [tags.PtypMultipleCurrency, ['multiple-currency', each(signed64)]],
  [tags.PtypMultipleFloatingTime, ['multiple-floating-time', each(number)]],
  [tags.PtypMultipleInteger64, ['multiple-integer64', each(id64)]],
  [tags.PtypMultipleString8, ['multiple-string8', each(narrow)]],
  [tags.PtypMultipleString, ['multiple-text', each(text)]],
  [tags.PtypMultipleTime, ['multiple-time', each(time)]],
  [tags.PtypMultipleGuid, ['multiple-guid', each(guid)]],
  [tags.PtypMultipleBinary, ['multiple-binary', each(bytes)]],
]));

/**
 * A value as it crosses the boundary, by the type of its tag.
 *
 * @param {PropertyTag} tag
 * @param {Value} value
 * @returns {WireValue}
 * @throws {TypeError} if it is not a value of that type
 */
export function toWire(tag, value) {
  const type = TYPES.get(propertyType(tag));
  if (!type) throw new TypeError(`the tag \`${showTag(tag)}\` has no type that a value could have`);
  const [kind, make] = type;
  const val = make(value);
  return val === undefined ? { tag: kind } : { tag: kind, val };
}

/**
 * The value that crossed the boundary. Lists are arrays, whatever kind of list they came as.
 *
 * @param {WireValue} wire
 * @returns {Value}
 */
export function fromWire({ tag, val }) {
  if (tag === 'null' || tag === 'object') return null;
  if (tag === 'deferred') throw new MapiError('invalid-parameter', 'the size of a value stands in its place');
  return tag.startsWith('multiple-') ? /** @type {any[]} */ (Array.from(val, own)) : own(val);
}

/** @param {PropertyTag} tag */
export const showTag = (tag) => `0x${tag.toString(16).toUpperCase().padStart(8, '0')}`;

/** @param {ErrorCode} code @returns {Cell} */
export const problem = (code) => ({ tag: 'err', val: code });

/** The cell of a property that the object does not have. @type {Cell} */
export const NOT_FOUND = Object.freeze(problem('not-found'));

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
export function cell(wanted, tag, value, inlineLimit = INLINE_LIMIT) {
  if (value === undefined) return NOT_FOUND;
  const [want, have] = [propertyType(wanted), propertyType(tag)];
  let wire;
  if (want === have || want === tags.PtypUnspecified) wire = toWire(tag, value);
  else if (want === tags.PtypString8 && have === tags.PtypString) wire = { tag: 'string8', val: string8(String(value)) };
  else if (want === tags.PtypString && have === tags.PtypString8) wire = { tag: 'text', val: typeof value === 'string' ? value : textFromString8(bytes(value)) };
  else return NOT_FOUND;
  return { tag: 'ok', val: inline(/** @type {WireValue} */ (wire), inlineLimit) };
}

/** @param {WireValue} wire @param {number} limit @returns {WireValue} */
function inline(wire, limit) {
  if (wire.tag === 'text') {
    // A character has at most three bytes of UTF-8 for each unit of UTF-16.
    const streamed = wire.val.length * 2;
    if (wire.val.length * 3 <= limit) return wire;
    return Math.max(streamed, encoder.encode(wire.val).length) > limit ? { tag: 'deferred', val: BigInt(streamed) } : wire;
  }
  if ((wire.tag === 'binary' || wire.tag === 'string8') && wire.val.length > limit) {
    return { tag: 'deferred', val: BigInt(wire.val.length) };
  }
  return wire;
}

const encoder = new TextEncoder();

const EPOCH_MILLISECONDS = 11_644_473_600_000n;

/**
 * A date as FILETIME, units of 100 ns since 1601; 0 before that.
 *
 * @param {Date} date
 */
export function filetime(date) {
  const milliseconds = date.getTime();
  if (Number.isNaN(milliseconds)) refuse(date, 'time');
  const ticks = (BigInt(Math.trunc(milliseconds)) + EPOCH_MILLISECONDS) * 10_000n;
  return ticks > 0n ? ticks : 0n;
}

/** The date of a FILETIME, to the millisecond. @param {bigint} filetime */
export function dateFromFiletime(filetime) {
  return new Date(Number(filetime / 10_000n - EPOCH_MILLISECONDS));
}

/** Text as a property stream holds it: UTF-16LE (MS-OXCPRPT 2.2.14). @param {string} text */
export function utf16le(text) {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at += 1) view.setUint16(at * 2, text.charCodeAt(at), true);
  return bytes;
}

/** The text of a property stream. @param {Uint8Array} bytes */
export function textFromUtf16le(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length % 2) throw new MapiError('invalid-data', 'the stream is not UTF-16LE');
  let text = '';
  for (let at = 0; at < bytes.length; at += 2) text += String.fromCharCode(view.getUint16(at, true));
  if (/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text)) {
    throw new MapiError('invalid-data', 'the stream is not UTF-16LE');
  }
  return text;
}

/** What code page 1252 has from 0x80 to 0x9F. */
const CP1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ';

/** Text in code page 1252, with `?` for what it lacks. @param {string} text */
export function string8(text) {
  return Uint8Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80 || (code >= 0xA0 && code <= 0xFF)) return code;
    const at = CP1252.indexOf(character);
    return at < 0 ? 0x3F : 0x80 + at;
  });
}

/** The text of bytes in code page 1252. @param {Uint8Array} bytes */
export function textFromString8(bytes) {
  let text = '';
  for (const byte of bytes) text += byte >= 0x80 && byte < 0xA0 ? CP1252[byte - 0x80] : String.fromCharCode(byte);
  return text;
}

/**
 * The bytes of a value as a property stream has them (MS-OXCPRPT 2.2.14); undefined for types that have no stream.
 *
 * @param {PropertyTag} tag
 * @param {Value} value
 */
export function toStream(tag, value) {
  if (typeof value === 'string') return propertyType(tag) === tags.PtypString8 ? string8(value) : utf16le(value);
  return isBytes(value) ? value : undefined;
}

/**
 * The value that the bytes of a stream make under a tag.
 *
 * @param {PropertyTag} tag
 * @param {Uint8Array} bytes
 * @returns {Value}
 */
export function fromStream(tag, bytes) {
  switch (propertyType(tag)) {
    case tags.PtypString:
      return withoutZero(textFromUtf16le(bytes));
    case tags.PtypString8:
      if (bytes.includes(0)) throw new MapiError('invalid-data', 'a text with a zero character in it');
      return bytes;
    case tags.PtypBinary:
    case tags.PtypObject:
      return bytes;
    default:
      throw new MapiError('invalid-parameter', `the type of \`${showTag(tag)}\` has no stream`);
  }
}

/** @param {string} text */
function withoutZero(text) {
  if (text.includes('\0')) throw new MapiError('invalid-data', 'a text with a zero character in it');
  return text;
}
