// A bag of properties in memory: what a small backend keeps for an object or for a row of a table.

/** @import { Cell, Property, PropertyTag, Value } from './contract.js' */

import { INLINE_LIMIT, NOT_FOUND, cell, propertyId, toWire } from './value.js';

/**
 * Properties by their id: one value for each, kept under the tag that it was set with.
 *
 * @example new Properties([[PidTagSubject, 'Hello'], [PidTagRead, false]]).set(PidTagMid, mid)
 */
export class Properties {
  /** @type {Map<number, { tag: PropertyTag, value: Value }>} */
  #byId = new Map();

  /** @param {Iterable<readonly [PropertyTag, Value | undefined]>} [properties] Those without a value are left out. */
  constructor(properties = []) {
    for (const [tag, value] of properties) this.set(tag, value);
  }

  /**
   * Sets the property with this tag's id; without a value it is removed.
   *
   * @param {PropertyTag} tag
   * @param {Value | undefined} value
   * @returns {this}
   * @throws {TypeError} if the value is not of the tag's type
   */
  set(tag, value) {
    if (value === undefined) {
      this.delete(tag);
    } else {
      toWire(tag, value);
      this.#byId.set(propertyId(tag), { tag, value });
    }
    return this;
  }

  /** The value of the property with this tag's id, whatever its type. @param {PropertyTag} tag @returns {any} */
  get(tag) {
    return this.#byId.get(propertyId(tag))?.value;
  }

  /** Whether there is a property with this tag's id. @param {PropertyTag} tag */
  has(tag) {
    return this.#byId.has(propertyId(tag));
  }

  /** Takes the property with this tag's id away. @param {PropertyTag} tag */
  delete(tag) {
    return this.#byId.delete(propertyId(tag));
  }

  /** The tags of what is here. @returns {PropertyTag[]} */
  tags() {
    return Array.from(this.#byId.values(), ({ tag }) => tag);
  }

  /** What is here. @returns {IterableIterator<Property>} */
  [Symbol.iterator]() {
    return this.#byId.values();
  }

  /** A bag of its own with the same properties. */
  clone() {
    return new Properties(Array.from(this, ({ tag, value }) => /** @type {const} */ ([tag, value])));
  }

  /**
   * The cell of one tag: `not-found` without such a property of the type that is asked for; text is converted between PtypString and
   * PtypString8; what is larger than the limit is deferred.
   *
   * @param {PropertyTag} tag
   * @param {number} [inlineLimit]
   * @returns {Cell}
   */
  cell(tag, inlineLimit = INLINE_LIMIT) {
    const kept = this.#byId.get(propertyId(tag));
    return kept ? cell(tag, kept.tag, kept.value, inlineLimit) : NOT_FOUND;
  }

  /** One cell for each tag, in their order. @param {PropertyTag[]} tags @param {number} [inlineLimit] */
  cells(tags, inlineLimit = INLINE_LIMIT) {
    return tags.map((tag) => this.cell(tag, inlineLimit));
  }
}
