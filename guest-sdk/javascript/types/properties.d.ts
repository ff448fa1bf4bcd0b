/**
 * Properties by their id: one value for each, kept under the tag that it was set with.
 *
 * @example new Properties([[PidTagSubject, 'Hello'], [PidTagRead, false]]).set(PidTagMid, mid)
 */
export class Properties {
    /** @param {Iterable<readonly [PropertyTag, Value | undefined]>} [properties] Those without a value are left out. */
    constructor(properties?: Iterable<readonly [PropertyTag, Value | undefined]>);
    /**
     * Sets the property with this tag's id; without a value it is removed.
     *
     * @param {PropertyTag} tag
     * @param {Value | undefined} value
     * @returns {this}
     * @throws {TypeError} if the value is not of the tag's type
     */
    set(tag: PropertyTag, value: Value | undefined): this;
    /** The value of the property with this tag's id, whatever its type. @param {PropertyTag} tag @returns {any} */
    get(tag: PropertyTag): any;
    /** Whether there is a property with this tag's id. @param {PropertyTag} tag */
    has(tag: PropertyTag): boolean;
    /** Takes the property with this tag's id away. @param {PropertyTag} tag */
    delete(tag: PropertyTag): boolean;
    /** The tags of what is here. @returns {PropertyTag[]} */
    tags(): PropertyTag[];
    /** A bag of its own with the same properties. */
    clone(): Properties;
    /**
     * The cell of one tag: `not-found` without such a property of the type that is asked for; text is converted between PtypString and
     * PtypString8; what is larger than the limit is deferred.
     *
     * @param {PropertyTag} tag
     * @param {number} [inlineLimit]
     * @returns {Cell}
     */
    cell(tag: PropertyTag, inlineLimit?: number): Cell;
    /** One cell for each tag, in their order. @param {PropertyTag[]} tags @param {number} [inlineLimit] */
    cells(tags: PropertyTag[], inlineLimit?: number): Cell[];
    /** What is here. @returns {IterableIterator<Property>} */
    [Symbol.iterator](): IterableIterator<Property>;
    #private;
}
import type { PropertyTag } from './contract.js';
import type { Value } from './contract.js';
import type { Cell } from './contract.js';
import type { Property } from './contract.js';
