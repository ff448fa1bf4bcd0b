// Items as the service has them, as properties and back: keys are names of MS-OXPROPS, or a tag's eight hex digits after `0x`.
//
// | type | as JSON |
// |---|---|
// | PtypBinary and other bytes | base64 |
// | PtypTime | ISO 8601; digits of a FILETIME where that is finer than a millisecond |
// | PtypInteger64, PtypCurrency | digits in a text |
// | multiple values | a list of these |
// | all others | as JSON has them |

import * as m from 'mapistore';
import * as tags from 'mapistore/tags';

/** @typedef {Record<string, any>} Item An object of the service. */

/** By name. @type {Map<string, m.PropertyTag>} */
const TAGS = new Map(Object.entries(tags).filter(([name]) => name.startsWith('PidTag')));
const NAMES = new Map(Array.from(TAGS, ([name, tag]) => [tag, name]));

/** @param {m.PropertyTag} tag */
const nameOf = (tag) => NAMES.get(tag) ?? `0x${tag.toString(16).toUpperCase().padStart(8, '0')}`;

/** @param {string} name @returns {m.PropertyTag | undefined} */
const tagOf = (name) => TAGS.get(name) ?? (/^0x[0-9A-F]{8}$/i.test(name) ? Number(name) : undefined);

/** @param {Uint8Array} bytes */
function base64(bytes) {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
/** @param {any} text */
const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** @param {any} value */
function time(value) {
  const ticks = value instanceof Date ? m.filetime(value) : value;
  const date = m.dateFromFiletime(ticks);
  return ticks % 10_000n === 0n && !Number.isNaN(date.getTime()) ? date.toISOString() : `${ticks}`;
}
/** Seconds since 1970 are taken, too. @param {any} value */
function filetime(value) {
  if (typeof value === 'number') return m.filetime(new Date(value * 1000));
  return /^\d+$/.test(value) ? BigInt(value) : m.filetime(new Date(value));
}

/** @typedef {{ out: (value: any) => any, in: (value: any) => any }} Form */
/** @type {Form} */
const SAME = { out: (value) => value, in: (value) => value };
/** @type {Form} */
const BIG = { out: (value) => `${value}`, in: (value) => BigInt(value) };
/** @type {Form} */
const BYTES = { out: base64, in: bytes };
/** @type {Map<number, Form>} */
const FORMS = new Map([
  [tags.PtypString8, { out: (value) => base64(typeof value === 'string' ? m.string8(value) : value), in: bytes }],
  [tags.PtypBinary, BYTES], [tags.PtypServerId, BYTES], [tags.PtypRestriction, BYTES], [tags.PtypRuleAction, BYTES],
  [tags.PtypInteger64, BIG], [tags.PtypCurrency, BIG], [tags.PtypTime, { out: time, in: filetime }],
  [tags.PtypGuid, { out: ({ hi, lo }) => [`${hi}`, `${lo}`], in: ([hi, lo]) => ({ hi: BigInt(hi), lo: BigInt(lo) }) }],
]);
const MULTIPLE = 0x1000;

/** @param {m.PropertyTag} tag @returns {Form} */
function form(tag) {
  const type = m.propertyType(tag);
  const one = FORMS.get(type & ~MULTIPLE) ?? SAME;
  return type & MULTIPLE ? { out: (values) => values.map(one.out), in: (values) => values.map(one.in) } : one;
}

/** Properties as the service keeps them. @param {Iterable<m.Property>} properties @returns {Item} */
export function toItem(properties) {
  return Object.fromEntries(Array.from(properties, ({ tag, value }) => [nameOf(tag), form(tag).out(value)]));
}

/** What names of properties to ask the service for, or to take away. @param {m.PropertyTag[]} asked */
export const namesOf = (asked) => asked.map(nameOf);

/**
 * The properties of an item. Keys that name none, and values that are not of their type, are left out: the service may have anything.
 *
 * @param {Item} item
 */
export function fromItem(item) {
  const properties = new m.Properties();
  for (const [name, value] of Object.entries(item)) {
    const tag = tagOf(name);
    if (tag === undefined || value == null) continue;
    try {
      properties.set(tag, form(tag).in(value));
    } catch {
      m.log.debug(`\`${name}\` of an item has a value of another type`, 'rest');
    }
  }
  return properties;
}

/** @type {m.RecipientKind[]} */
const KINDS = ['originator', 'to', 'cc', 'bcc'];

/** @param {m.RecipientTable} table @returns {Item[]} */
export function toRecipients({ columns, rows }) {
  return rows.map(({ kind, username, cells }) => {
    const given = columns.map((tag, at) => ({ tag, value: /** @type {m.Value} */ (cells[at]) })).filter(({ value }) => value !== undefined);
    return { ...toItem(given), PidTagRecipientType: KINDS.indexOf(kind), ...(username === undefined ? {} : { username }) };
  });
}

/** @param {Item[]} recipients @returns {m.RecipientTable} */
export function fromRecipients(recipients) {
  const bags = recipients.map(fromItem);
  const columns = [...new Set(bags.flatMap((bag) => bag.tags()))].filter((tag) => tag !== tags.PidTagRecipientType);
  const rows = recipients.map((recipient, at) => ({
    kind: KINDS[recipient.PidTagRecipientType] ?? 'to', username: recipient.username, cells: columns.map((tag) => bags[at].get(tag)),
  }));
  return { columns, rows };
}
