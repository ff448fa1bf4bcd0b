// Values, bags, tables, streams and change keys.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';

import * as m from 'mapistore';

/** @param {() => unknown} call */
const codeOf = (call) => {
  try {
    call();
  } catch (error) {
    return error instanceof m.MapiError ? error.code : String(error);
  }
  return 'nothing';
};

test('a cell has the type that was asked for', () => {
  const bag = new m.Properties([[m.PidTagSubject, 'é']]);
  const text = { tag: 'ok', val: { tag: 'text', val: 'é' } };
  assert.deepEqual(bag.cells([m.PidTagSubject, m.withType(m.PidTagSubject, m.PtypString8), m.withType(m.PidTagSubject, m.PtypUnspecified), m.withType(m.PidTagSubject, m.PtypInteger32), m.PidTagMid]), [
    text, { tag: 'ok', val: { tag: 'string8', val: Uint8Array.of(0xE9) } }, text, m.NOT_FOUND, m.NOT_FOUND,
  ]);
});

test('bytes that were made in another scope are bytes, too', () => {
  const foreign = vm.runInNewContext('Uint8Array.of(1, 2, 3).subarray(1)');
  assert.equal(foreign instanceof Uint8Array, false);
  assert.deepEqual(new m.Properties([[m.PidTagHtml, foreign]]).cells([m.PidTagHtml]), [{ tag: 'ok', val: { tag: 'binary', val: foreign } }]);
  assert.deepEqual(m.fromWire({ tag: 'binary', val: foreign }), Uint8Array.of(2, 3));
  assert.deepEqual(m.fromWire({ tag: 'multiple-binary', val: [foreign] }), [Uint8Array.of(2, 3)]);
});

test('a property is set and removed by its id', () => {
  const bag = new m.Properties([[m.PidTagBody, 'one']]).set(m.withType(m.PidTagBody, m.PtypString8), 'two');
  assert.deepEqual([bag.get(m.PidTagBody), bag.tags()], ['two', [m.withType(m.PidTagBody, m.PtypString8)]]);
  bag.set(m.PidTagBody, undefined);
  assert.deepEqual([bag.has(m.PidTagBody), bag.tags()], [false, []]);
});

test('a value that is not of its tag\'s type is refused where it is set', () => {
  const bag = new m.Properties();
  for (const [tag, value] of /** @type {[number, any][]} */ ([
    [m.PidTagSubject, 5], [m.PidTagSubject, 'a\0b'], [m.PidTagMessageSize, 1.5], [m.PidTagMessageSize, 2 ** 31], [m.PidTagMid, 2 ** 60],
    [m.PidTagRead, 'yes'], [m.PidTagHtml, 'text'], [m.PidTagClientSubmitTime, 'today'], [0x0037_0000, 'x'], [0x8000_101F, 'no list'],
  ])) {
    assert.throws(() => bag.set(tag, value), TypeError, String(value));
  }
  // An id with its highest bit set is the same 64 bits.
  assert.deepEqual(bag.set(m.PidTagMid, 0xFFFF_0000_0000_0001n).cell(m.PidTagMid), { tag: 'ok', val: { tag: 'integer64', val: -0xFFFF_FFFF_FFFFn } });
});

test('what is over the limit is deferred with the size of its stream', () => {
  const cell = (/** @type {m.Value} */ value, /** @type {number} */ tag = m.PidTagBody) => m.cell(tag, tag, value, 8);
  assert.deepEqual(cell('abcd'), { tag: 'ok', val: { tag: 'text', val: 'abcd' } });
  assert.deepEqual(cell('abcde'), { tag: 'ok', val: { tag: 'deferred', val: 10n } });
  assert.deepEqual(cell('€€€'), { tag: 'ok', val: { tag: 'deferred', val: 6n } });
  assert.deepEqual(cell(new Uint8Array(9), m.PidTagHtml), { tag: 'ok', val: { tag: 'deferred', val: 9n } });
});

test('filetime counts from 1601 in 100 ns', () => {
  assert.equal(m.filetime(new Date(0)), 116_444_736_000_000_000n);
  assert.equal(m.filetime(new Date('2026-01-01T09:00:00Z')), 134_117_316_000_000_000n);
  assert.equal(m.filetime(new Date('1500-01-01')), 0n);
  assert.equal(m.dateFromFiletime(m.filetime(new Date(-12_345))).getTime(), -12_345);
});

test('a value streams as its tag says and back', () => {
  for (const [tag, value, bytes] of /** @type {[number, any, number[]][]} */ ([
    [0x1000_001F, 'a😀', [0x61, 0, 0x3D, 0xD8, 0x00, 0xDE]], [0x1000_001E, Uint8Array.of(0x61, 0xE9), [0x61, 0xE9]], [0x1013_0102, Uint8Array.of(0, 1), [0, 1]],
  ])) {
    assert.deepEqual([...(m.toStream(tag, value) ?? [])], bytes);
    assert.deepEqual(m.fromStream(tag, Uint8Array.from(bytes)), value);
  }
  assert.equal(codeOf(() => m.fromStream(0x0E07_0003, new Uint8Array(4))), 'invalid-parameter');
  assert.equal(codeOf(() => m.fromStream(0x1000_001F, Uint8Array.of(0x61))), 'invalid-data');
  assert.equal(codeOf(() => m.fromStream(0x1000_001F, Uint8Array.of(0x00, 0xD8))), 'invalid-data');
  assert.equal(codeOf(() => m.fromStream(0x1000_001E, Uint8Array.of(0x61, 0))), 'invalid-data');
});

test('string8 is code page 1252', () => {
  assert.deepEqual([...m.string8('é€Ω\u0081😀')], [0xE9, 0x80, 0x3F, 0x81, 0x3F]);
  assert.equal(m.textFromString8(Uint8Array.of(0xE9, 0x80, 0x41)), 'é€A');
});

test('a change key is the GUID and the GLOBCNT, and a list has one entry for each replica', () => {
  const replica = { hi: 0x0011223344556677n, lo: 0x8899AABBCCDDEEFFn };
  assert.equal(Buffer.from(m.xid(replica, 0x0302_0100_0000_0001n)).toString('hex'), '33221100554477668899aabbccddeeff000000010203');
  const [own, newer] = [m.xid(replica, m.fromGlobcnt(1n)), m.xid(replica, m.fromGlobcnt(2n))];
  const foreign = Uint8Array.of(...Array(16).fill(1), 9);
  const list = m.predecessors(m.predecessors(new Uint8Array(), own), foreign);
  assert.deepEqual([...list], [17, ...foreign, 22, ...own]);
  assert.deepEqual([...m.predecessors(list, newer)], [17, ...foreign, 22, ...newer]);
  assert.deepEqual([...m.predecessors(Uint8Array.of(200, 1), own)], [22, ...own]);
  assert.deepEqual([m.fromGlobcnt(0x010203n), m.globcnt(0x0302_0100_0000_0001n)], [0x0302_0100_0000_0001n, 0x010203n]);
});

test('rows come in pages, and past the end there are none', async () => {
  let rows = 2;
  const table = m.RowsTable.open([m.PidTagSubject], () => Array.from({ length: rows }, (_, at) => new m.Properties([[m.PidTagSubject, `${at}`]])));
  assert.equal(codeOf(() => table.queryRows(0, 1)), 'not-initialized');
  assert.equal(codeOf(() => table.setColumns([])), 'invalid-parameter');
  table.setColumns([m.PidTagSubject, m.PidTagMid]);
  assert.deepEqual(table.queryRows(1, 1), { rowCount: 1, cells: [{ tag: 'ok', val: { tag: 'text', val: '1' } }, m.NOT_FOUND], atEnd: true });
  assert.deepEqual(table.queryRows(0xFFFF_FFFF, 5), { rowCount: 0, cells: [], atEnd: true });
  assert.equal(table.queryRows(0, 1).atEnd, false);
  rows = 3;
  assert.equal(table.rowCount(), 2);
  await table.refresh();
  assert.equal(table.rowCount(), 3);
  assert.equal(codeOf(() => table.setRestriction([{ tag: 'exists', val: m.PidTagSubject }])), 'too-complex');
  table.setRestriction(undefined);
});

test('a stream is clamped to its value, fills gaps with zeros and reaches the object at commit', () => {
  const only = new m.BytesStream(Uint8Array.from([1, 2, 3]));
  assert.deepEqual([...only.read(1n, 10)], [2, 3]);
  assert.deepEqual([...only.read(0xFFFF_FFFF_FFFF_FFFFn, 10)], []);
  assert.equal(codeOf(() => only.write(0n, new Uint8Array(1))), 'denied');
  const value = Uint8Array.of(1, 2);
  /** @type {Uint8Array | undefined} */
  let committed;
  const stream = new m.BytesStream(value, (bytes) => void (committed = bytes));
  stream.write(4n, Uint8Array.of(5));
  stream.write(0n, Uint8Array.of(9));
  assert.deepEqual([committed, ...value], [undefined, 1, 2]);
  stream.commit();
  assert.deepEqual([...(committed ?? [])], [9, 2, 0, 0, 5]);
  stream.setSize(1n);
  stream.setSize(3n);
  assert.deepEqual([...stream.read(0n, 10)], [9, 0, 0]);
  assert.equal(codeOf(() => stream.write(0xFFFF_FFFF_FFFF_FFFFn, Uint8Array.of(1))), 'too-big');
});
