// The map between named properties and property ids, in memory.

import { MapiError } from '../../error.js';

const FIRST_ID = 0x8000;
const LAST_ID = 0xFFFE;

/** @param {any} property */
const key = ({ set, name }) => `${set.hi}:${set.lo}:${name.tag}:${name.val}`;

/** Names in the order in which they got their ids. */
export class Names {
  /** @type {any[]} */
  #names = [];
  /** @type {Map<string, number>} */
  #ids = new Map();

  toIds(/** @type {any[]} */ names, /** @type {boolean} */ create) {
    return names.map((name) => this.#ids.get(key(name)) ?? (create ? this.#add(name) : undefined));
  }
  #add(/** @type {any} */ name) {
    const id = FIRST_ID + this.#names.length;
    if (id > LAST_ID) throw new MapiError('too-big', 'all 32767 property ids are given out');
    this.#names.push(name);
    this.#ids.set(key(name), id);
    return id;
  }
  toNames(/** @type {number[]} */ ids) {
    return ids.map((id) => this.#names[id - FIRST_ID]);
  }
}
