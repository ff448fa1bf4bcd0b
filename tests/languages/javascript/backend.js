// Does harm when its root is counted, in the way that its URI names; counts what it makes and what is dropped. See ../README.md.

import * as m from 'mapistore';
import { request } from 'mapistore/http';

let made = 0;
let dropped = 0;

/** @type {Record<string, (argument: string) => any>} */
const HARM = {
  behaves: () => 100,
  recursion: () => deeper(1),
  loop: () => {
    for (;;);
  },
  memory: () => {
    const kept = [];
    for (;;) kept.push(new Uint8Array(1 << 20).fill(1));
  },
  strings: () => {
    const kept = [];
    for (let number = 0; ; number += 1) kept.push(`${number} `.repeat(1000).split(' '));
  },
  exception: () => /** @type {any} */ (undefined).nothing,
  rejection: () => Promise.reject(new RangeError('out of reach')),
  symbol: () => {
    throw Symbol('thrown');
  },
  never: () => new Promise(() => {}),
  'wrong-type': () => 'a text',
  post: (port) => post(port),
  'denied-posts': async () => {
    for (let time = 0; time < 2_000; time += 1) {
      await expect('denied', post('9', 1));
      await expect('invalid-parameter', post('9', 1, 'NO METHOD'));
    }
    return 2_000;
  },
};

/** @param {string} port */
async function post(port, length = 100_000, method = 'POST') {
  return (await request(method, `http://127.0.0.1:${port}/takes`, { body: new Uint8Array(length) })).json();
}

/** @param {string} code @param {Promise<any>} answer */
async function expect(code, answer) {
  const error = await answer.then((value) => new Error(`answered ${value}`), (error) => error);
  if (error.code !== code) throw error;
}

/** Not a tail call: the addition comes after. @param {number} depth @returns {number} */
function deeper(depth) {
  return depth === 0 ? 0 : deeper(depth + 1) + depth;
}

/** The sums over contexts that are gone. */
function sums() {
  return (new m.Bucket('counts').getText('sums') ?? '0 0 0').split(' ').map(Number);
}

function drop() {
  dropped += 1;
}

export default class Hostile extends m.Backend {
  describe() {
    return { name: 'hostile-javascript', description: 'does harm', version: '0.1.0' };
  }
  /** @override @param {string} user @returns {m.ContextEntry[]} */
  listContexts(user) {
    return [{ url: `hostile-javascript://${user}/behaves/`, name: 'Inbox', role: 'mail' }];
  }
  /** @override @param {m.ConnectionInfo} _ @param {string} uri */
  createContext(_, uri) {
    return new Root(uri.split('/')[3]);
  }
}

class Root extends m.Context {
  constructor(/** @type {string} */ harm) {
    super();
    this.harm = harm;
    made += 1;
  }
  getRootFolder() {
    return new Harmful(this.harm);
  }
  // The last of its context.
  [Symbol.dispose]() {
    drop();
    const all = sums();
    new m.Bucket('counts').set('sums', `${all[0] + made} ${all[1] + dropped} ${all[2] + 1}`);
  }
}

class Harmful extends m.Folder {
  constructor(/** @type {string} */ harm) {
    super();
    this.harm = harm;
    made += 1;
  }
  properties() {
    return new m.Properties([[m.PidTagDisplayName, this.harm], [m.PidTagBody, sums().join(' ')]]);
  }
  /** @override @param {m.TableKind} kind */
  getChildCount(kind) {
    if (kind !== 'contents') return kind === 'hierarchy' ? dropped : made;
    const [harm, argument] = this.harm.split(':');
    return HARM[harm](argument);
  }
  openMessage() {
    return new Mail();
  }
  openTable() {
    const row = (/** @type {number} */ at) => new m.Properties([[m.PidTagSubject, `message ${at}`], [m.PidTagMessageSize, at]]);
    return new Rows(Array.from({ length: 100 }, (_, at) => row(at)));
  }
  [Symbol.dispose]() {
    drop();
  }
}

class Mail extends m.Message {
  constructor() {
    super();
    made += 1;
  }
  properties() {
    return new m.Properties([[m.PidTagSubject, 'a subject'], [m.PidTagBody, 'a body\r\n'.repeat(100)]]);
  }
  [Symbol.dispose]() {
    drop();
  }
}

class Rows extends m.RowsTable {
  constructor(/** @type {m.Properties[]} */ rows) {
    super([m.PidTagSubject, m.PidTagMessageSize], rows, () => rows);
    made += 1;
  }
  [Symbol.dispose]() {
    drop();
  }
}
