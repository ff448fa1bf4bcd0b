// What is written by a script is what the script writes.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { generate } from '../scripts/tags.js';

const sdk = new URL('../', import.meta.url).pathname;

test('the tags are those of the Rust SDK', async () => {
  assert.equal(await readFile(join(sdk, 'src/tags.js'), 'utf8'), await generate(), 'run `npm run tags`');
});

test('the declarations are those of the sources', async () => {
  const fresh = await mkdtemp(join(tmpdir(), 'types-'));
  try {
    const types = process.env.TYPE_ROOTS ? ['--typeRoots', process.env.TYPE_ROOTS] : [];
    execFileSync('tsc', ['--project', join(sdk, 'tsconfig.types.json'), '--outDir', fresh, ...types]);
    const files = async (/** @type {string} */ dir) => (await readdir(dir, { recursive: true })).filter((file) => file.endsWith('.d.ts')).sort();
    assert.deepEqual(await files(join(sdk, 'types')), await files(fresh), 'run `npm run types`');
    for (const file of await files(fresh)) {
      assert.equal(await readFile(join(sdk, 'types', file), 'utf8'), await readFile(join(fresh, file), 'utf8'), `${file}: run \`npm run types\``);
    }
  } finally {
    await rm(fresh, { recursive: true });
  }
});
