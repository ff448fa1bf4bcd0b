// Writes `src/tags.js` from the Rust SDK's table, so that both name the same properties: node scripts/tags.js

import { readFile, writeFile } from 'node:fs/promises';

const table = new URL('../../rust/src/tags.rs', import.meta.url);
const output = new URL('../src/tags.js', import.meta.url);

/** Where the standard writes a word otherwise than its neighbours. */
const AS_WRITTEN = new Map([['PID_TAG_INST_ID', 'PidTagInstID']]);

/** The standard's name: `PidTagSubject` of `PID_TAG_SUBJECT`. What is not in MS-OXPROPS keeps its own. @param {string} name */
function standardName(name) {
  if (!/^(PID_TAG|PTYP)_/.test(name)) return name;
  return AS_WRITTEN.get(name) ?? name.replace(/([A-Z])([A-Z0-9]*)(_|$)/g, (_, first, rest) => first + rest.toLowerCase());
}

/** The text of `src/tags.js`. */
export async function generate() {
  const rust = await readFile(table, 'utf8');
  const types = [...rust.matchAll(/^ {4}(PTYP_\w+) = (0x[0-9A-F]{4});$/gm)];
  const tags = [...rust.matchAll(/^ {4}(\w+) = (0x[0-9A-F]{4}), (PTYP_\w+), "(.*)";$/gm)];
  const typeOf = new Map(types.map(([, name, value]) => [name, value]));
  return [
    '// Property tags by their names in MS-OXPROPS, and property types by theirs in MS-OXCDATA 2.11.1. A tag has the property\'s id in its',
    '// high 16 bits and its type in the low ones. Written by scripts/tags.js; not to be edited.',
    '',
    ...types.map(([, name, value]) => `export const ${standardName(name)} = ${value};`),
    '',
    ...tags.map(
      ([, name, id, type, doc]) => `/** ${doc} */\nexport const ${standardName(name)} = ${id}${typeOf.get(type)?.slice(2)};`,
    ),
    '',
  ].join('\n');
}

if (process.argv[1] === new URL(import.meta.url).pathname) await writeFile(output, await generate());
