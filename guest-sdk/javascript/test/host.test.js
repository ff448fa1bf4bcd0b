// The host's doubles keep the rules of the contract.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import * as m from 'mapistore';
import { failAfter, reset, takeEvents } from 'mapistore/testing';

beforeEach(reset);

test('a URI keeps its id, and one trailing slash is insignificant', () => {
  const [a, b, again] = m.index.ensureIds(['x://u/a/', 'x://u/b', 'x://u/a']);
  assert.equal(a, again);
  assert.notEqual(a, b);
  assert.deepEqual(m.index.getUris([a, 999n]), [{ id: a, uri: 'x://u/a/', softDeleted: false }, undefined]);
  assert.throws(() => m.index.ensureIds(['']), { code: 'invalid-parameter' });
});

test('a tombstone is found until it is erased, and listed after its change number', () => {
  const [a, b] = m.index.ensureIds(['x://u/f/a', 'x://u/f/b']);
  const since = m.index.nextChangeNumber();
  m.index.remove([a], 'soft');
  assert.deepEqual(m.index.getIds(['x://u/f/a']), [{ id: a, uri: 'x://u/f/a', softDeleted: true }]);
  assert.deepEqual(m.index.listDeleted('x://u/f/').map(({ id }) => id), [a]);
  assert.deepEqual(m.index.listDeleted('x://u/f/', m.index.nextChangeNumber()), []);
  assert.deepEqual(m.index.listDeleted('x://u/f/', since).map(({ id }) => id), [a]);
  m.index.remove([a, b], 'hard');
  assert.deepEqual(m.index.getUris([a, b]), [undefined, undefined]);
});

test('a container takes what is below it along', () => {
  const [folder, child, other] = m.index.ensureIds(['x://u/a/', 'x://u/a/1', 'x://u/ab/']);
  assert.equal(m.index.renamePrefix('x://u/a/', 'x://u/c/'), 2n);
  assert.deepEqual(m.index.getUris([folder, child, other]).map((entry) => entry?.uri), ['x://u/c/', 'x://u/c/1', 'x://u/ab/']);
  assert.throws(() => m.index.renamePrefix('x://u/c/', 'x://u/ab/'), { code: 'exists' });
  assert.throws(() => m.index.renamePrefix('x://u/c/', 'x://u/c/d/'), { code: 'invalid-parameter' });
  assert.deepEqual(m.index.find('x://u/', '1').map(({ id }) => id), [child]);
  assert.deepEqual(m.index.find('x://u/', '', folder, 1).map(({ id }) => id), [child]);
});

test('an id is registered once, and only if the host gave it out', () => {
  const { first } = m.index.reserve(2);
  m.index.add(first, 'x://u/1');
  assert.throws(() => m.index.add(first, 'x://u/2'), { code: 'exists' });
  assert.throws(() => m.index.add(0x7FFF_0000_0000_0001n, 'x://u/3'), { code: 'invalid-parameter' });
  m.index.update(first, 'x://u/9');
  assert.equal(m.index.getIds(['x://u/9'])[0]?.id, first);
});

test('a bucket keeps bytes and text, and lists keys by prefix', () => {
  const bucket = new m.Bucket('b');
  bucket.set('a/1', 'one');
  bucket.setMany([['a/2', Uint8Array.of(0xFF)], ['b', 'x']]);
  assert.deepEqual([bucket.getText('a/1'), bucket.get('none'), bucket.has('b')], ['one', undefined, true]);
  assert.throws(() => bucket.getText('a/2'), { code: 'corrupted' });
  assert.deepEqual([...new m.Bucket('b').keys('a/')], ['a/1', 'a/2']);
  bucket.setMany(Array.from({ length: 2100 }, (_, at) => /** @type {const} */ ([`k${at}`, 'x'])));
  assert.equal([...bucket.keys('k')].length, 2100);
  assert.deepEqual([...bucket.keys('b')], ['b']);
  assert.equal(bucket.increment('n') + bucket.increment('n', 4n), 6n);
  bucket.deleteMany(['a/1', 'a/2', 'none']);
  assert.deepEqual(bucket.getMany(['a/1', 'b']).map((value) => value?.length), [undefined, 1]);
  assert.throws(() => bucket.set('', 'x'), { code: 'invalid-parameter' });
});

test('a call that is to fail fails', () => {
  const bucket = new m.Bucket('b');
  failAfter(1, new m.MapiError('quota-exceeded'));
  bucket.set('a', 'x');
  assert.throws(() => bucket.set('b', 'x'), { code: 'quota-exceeded' });
  reset();
  bucket.set('b', 'x');
});

test('named properties keep their ids, and events are collected', () => {
  const set = { hi: 1n, lo: 2n };
  const names = [{ set, lid: 0x8205 }, { set, name: 'Keywords' }];
  assert.deepEqual(m.namedProperties.toIds(names), [undefined, undefined]);
  assert.deepEqual(m.namedProperties.toIds(names, true), [0x8000, 0x8001]);
  assert.deepEqual(m.namedProperties.toNames([0x8001, 0x3001]), [names[1], undefined]);
  m.notifications.publish([{ tag: 'table-changed', val: 5n }]);
  assert.deepEqual([takeEvents(), takeEvents()], [[{ tag: 'table-changed', val: 5n }], []]);
});
