// What the host does for a backend, in memory: for tests under node. Not for mail that must last. `reset` empties all of it.

import { MapiError } from '../error.js';
import { Bucket } from './memory/bucket.js';
import { Index } from './memory/index.js';
import { Names } from './memory/names.js';

let index = new Index();
let names = new Names();
/** @type {Map<string, Bucket>} */
let buckets = new Map();
/** @type {any[]} */
let events = [];
/** @type {{ level: string, context: string, message: string }[]} */
let lines = [];
/** How many calls still succeed, and how the one after them fails. @type {{ calls: number, error: MapiError } | undefined} */
let fault;

/** Empties the index, the buckets, the names, the events and the log. */
export function reset() {
  [index, names, buckets, events, lines, fault] = [new Index(), new Names(), new Map(), [], [], undefined];
}

/** Makes the call after so many calls of the index or of a bucket fail, and all after it. @param {number} calls @param {MapiError} [error] */
export function failAfter(calls, error = new MapiError('storage', 'an error that the test asked for')) {
  fault = { calls, error };
}

/** The events that were published since the last time. */
export function takeEvents() {
  const taken = events;
  events = [];
  return taken;
}

/** The lines that were logged since the last time. */
export function takeLog() {
  const taken = lines;
  lines = [];
  return taken;
}

function mayFail() {
  if (fault && fault.calls-- <= 0) throw fault.error;
}

/** Calls go to what is there after the last `reset`, and may fail. @param {string[]} methods @param {() => any} target @returns {Record<string, (...args: any[]) => any>} */
function calling(methods, target) {
  return Object.fromEntries(
    methods.map((name) => [name, (/** @type {any[]} */ ...args) => {
      mayFail();
      return target()[name](...args);
    }]),
  );
}

/** @param {string} name */
function open(name) {
  const bucket = () => {
    const kept = buckets.get(name) ?? new Bucket();
    buckets.set(name, kept);
    return kept;
  };
  const methods = ['get', 'set', 'delete', 'exists', 'listKeys', 'getMany', 'setMany', 'deleteMany', 'increment'];
  return /** @type {any} */ ({ ...calling(methods, bucket), [Symbol.dispose]() {} });
}

export const host = {
  index: calling(
    ['getUris', 'getIds', 'ensureIds', 'find', 'add', 'update', 'renamePrefix', 'remove', 'listDeleted', 'reserve', 'nextChangeNumbers'],
    () => index,
  ),
  names: calling(['toIds', 'toNames'], () => names),
  publish: (/** @type {any[]} */ published) => void events.push(...published),
  open,
  log: (/** @type {string} */ level, /** @type {string} */ context, /** @type {string} */ message) => void lines.push({ level, context, message }),
};
