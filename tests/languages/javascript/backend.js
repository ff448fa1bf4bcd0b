// Does harm, each root in another way: by `folder.get-child-count` of the kind `contents`. The kind `hierarchy` says how many
// folders' destructors ran, and `associated` how many folders were made. Its table has a thousand rows.

import * as m from 'mapistore';

let made = 0;
let disposed = 0;

/** @type {Record<string, () => any>} */
const HARM = {
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
  never: () => new Promise(() => {}),
  symbol: () => {
    throw Symbol('thrown');
  },
  behaves: () => 0,
};

/** Not a tail call: the addition comes after. @param {number} depth @returns {number} */
function deeper(depth) {
  return depth === 0 ? 0 : deeper(depth + 1) + depth;
}

export default class Hostile extends m.Backend {
  describe() {
    return { name: 'js-hostile', description: 'does harm', version: '0.1.0', namespace: 'jshostile', capabilities: /** @type {m.Capability[]} */ (['folders']) };
  }
  /** @override @param {string} user @returns {m.ContextEntry[]} */
  listContexts(user) {
    return Object.keys(HARM).map((harm, at) => ({ url: `jshostile://${user}/${harm}/`, name: harm, role: 'mail', mainFolder: at === 0 }));
  }
  /** @override @param {m.ConnectionInfo} _ @param {string} uri */
  createContext(_, uri) {
    m.index.ensureIds([uri]);
    return new Root(uri.split('/')[3]);
  }
}

class Root extends m.Context {
  constructor(/** @type {string} */ harm) {
    super();
    this.harm = harm;
  }
  getRootFolder() {
    return new Harmful(this.harm);
  }
}

class Harmful extends m.Folder {
  constructor(/** @type {string} */ harm) {
    super();
    this.harm = harm;
    made += 1;
  }
  properties() {
    return new m.Properties([[m.PidTagDisplayName, this.harm], [m.PidTagContentCount, 0]]);
  }
  openFolder() {
    return new Harmful(this.harm);
  }
  /** @override @param {m.TableKind} kind */
  getChildCount(kind) {
    return kind === 'hierarchy' ? disposed : kind === 'associated' ? made : HARM[this.harm]();
  }
  openTable() {
    const row = (/** @type {number} */ at) => new m.Properties([[m.PidTagMid, m.fromGlobcnt(BigInt(at + 1))], [m.PidTagSubject, `message ${at}`], [m.PidTagMessageSize, at]]);
    return m.RowsTable.open([m.PidTagMid, m.PidTagSubject, m.PidTagMessageSize], () => Array.from({ length: 1000 }, (_, at) => row(at)));
  }
  [Symbol.dispose]() {
    disposed += 1;
  }
}
