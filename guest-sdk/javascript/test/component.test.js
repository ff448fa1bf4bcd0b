// What the host sees of a backend.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as m from 'mapistore';
import { expose, reset, takeLog } from 'mapistore/testing';
import { CONNECTION, opened, refusal, root } from './support.js';

test('what a backend does not override answers not-implemented and is named', async () => {
  const folder = await root(new m.Folder());
  for (const [method, args, name] of /** @type {[string, any[], string][]} */ ([
    ['getProperties', [Uint32Array.of(m.PidTagSubject)], 'folder.get-properties'],
    ['createMessage', [1n, false], 'folder.create-message'],
    ['openTable', ['contents'], 'folder.open-table'],
    ['moveTo', [undefined, 'x'], 'folder.move-to'],
  ])) {
    assert.deepEqual(await refusal(folder[method](...args)), { code: 'not-implemented', detail: `this backend does not implement \`${name}\`` });
  }
});

test('describe claims what the backend names, and nothing else', () => {
  class Some extends m.Backend {
    describe() {
      return { name: 'some', description: 'd', version: '1', capabilities: /** @type {m.Capability[]} */ (['folders', 'write-messages']) };
    }
  }
  const { provider } = expose(Some);
  assert.deepEqual(provider.describe(), {
    name: 'some', namespace: 'some', description: 'd', version: '1', inlineLimit: 32768, capabilities: { folders: true, writeMessages: true },
  });
  class Wrong extends m.Backend {
    describe() {
      return { name: 'wrong', description: 'd', version: '1', capabilities: /** @type {any} */ (['folder']) };
    }
  }
  assert.throws(() => expose(Wrong).provider.describe(), /`folder` is no capability/);
});

test('an error of the contract is answered with its code and detail', async () => {
  class Refusing extends m.Folder {
    /** @returns {never} */
    openMessage() {
      throw new m.MapiError('not-found', 'no such message');
    }
    /** @returns {Promise<never>} */
    async openFolder() {
      throw new m.MapiError('denied');
    }
  }
  const folder = await root(new Refusing());
  assert.deepEqual(await refusal(folder.openMessage(1n, false)), { code: 'not-found', detail: 'no such message' });
  assert.deepEqual(await refusal(folder.openFolder(1n)), { code: 'denied', detail: undefined });
});

test('any other exception becomes failed, and its stack goes to the log', async () => {
  reset();
  class Broken extends m.Folder {
    /** @returns {m.PropertyTag[]} */
    listProperties() {
      return /** @type {any} */ (undefined).nothing;
    }
  }
  const answer = await refusal((await root(new Broken())).listProperties());
  assert.equal(answer.code, 'failed');
  assert.match(answer.detail ?? '', /^TypeError: Cannot read properties/);
  const [line] = takeLog();
  assert.equal(line.level, 'error');
  assert.match(line.message, /`folder.list-properties` threw TypeError[^]*component.test.js/);
});

test('an answer of the wrong shape is an error that says what was wanted, and no trap', async () => {
  class Wrong extends m.Folder {
    getChildCount() {
      return /** @type {any} */ (undefined);
    }
    openTable() {
      return /** @type {any} */ ({});
    }
    getProperties() {
      return [];
    }
    setProperties() {
      return [{ tag: 1, code: /** @type {any} */ ('nonsense') }];
    }
  }
  const folder = await root(new Wrong());
  assert.match((await refusal(folder.getChildCount('contents'))).detail ?? '', /answered `undefined`, and has to answer a number of 32 bits/);
  assert.match((await refusal(folder.openTable('contents'))).detail ?? '', /extends `Table`/);
  assert.match((await refusal(folder.getProperties([1]))).detail ?? '', /answered `0 cells`, and has to answer 1/);
  assert.match((await refusal(folder.setProperties([]))).detail ?? '', /`nonsense` is no error code/);
});

test('values come as the tag says, and lists as arrays', async () => {
  /** @type {any[]} */
  const given = [];
  class Taking extends m.Folder {
    /** @param {m.Property[]} values @returns {m.PropertyProblem[]} */
    setProperties(values) {
      given.push(...values);
      return [];
    }
    /** @param {m.Mid[]} ids */
    deleteMessages(ids) {
      given.push(ids);
      return m.outcomes(ids, (id) => {
        if (id === 2n) throw new m.MapiError('not-found');
      });
    }
  }
  const folder = await root(new Taking());
  const id = 0xFEDC_BA98_7654_0001n;
  await folder.setProperties([
    { tag: m.PidTagSubject, value: { tag: 'text', val: 'é' } },
    { tag: m.PidTagMid, value: { tag: 'integer64', val: BigInt.asIntN(64, id) } },
    { tag: 0x8000_1014, value: { tag: 'multiple-integer64', val: BigInt64Array.of(-1n) } },
  ]);
  assert.deepEqual(given.splice(0), [
    { tag: m.PidTagSubject, value: 'é' }, { tag: m.PidTagMid, value: BigInt.asIntN(64, id) }, { tag: 0x8000_1014, value: [-1n] },
  ]);
  const outcomes = await folder.deleteMessages(BigUint64Array.of(id, 2n), 'hard');
  assert.deepEqual(given, [[id, 2n]]);
  assert.deepEqual(outcomes, [{ id, outcome: { tag: 'ok', val: undefined } }, { id: 2n, outcome: { tag: 'err', val: 'not-found' } }]);
  const deferred = { tag: m.PidTagBody, value: { tag: 'deferred', val: 5n } };
  assert.equal((await refusal(folder.setProperties([deferred]))).code, 'invalid-parameter');
});

test('a folder that is lent is the author\'s own object', async () => {
  /** @type {any[]} */
  const seen = [];
  class Moving extends m.Folder {
    /** @param {m.Folder | undefined} target */
    moveTo(target) {
      seen.push(target);
    }
    /** @param {m.TransferSource<m.Folder>} source */
    moveCopyMessages(source) {
      seen.push(source);
      return [];
    }
  }
  const moving = new Moving();
  const folder = await root(moving);
  await folder.moveTo(folder, 'x');
  await folder.moveTo(undefined, 'x');
  await folder.moveCopyMessages({ tag: 'same-context', val: folder }, [], true);
  await folder.moveCopyMessages({ tag: 'uri', val: 'a://b/' }, [], true);
  assert.deepEqual(seen, [moving, undefined, { folder: moving }, { uri: 'a://b/' }]);
});

test('defaults come from properties and from the table', async () => {
  reset();
  const read = new Set();
  class Mail extends m.Message {
    constructor(/** @type {m.Mid} */ id) {
      super();
      this.id = id;
    }
    properties() {
      return new m.Properties([[m.PidTagMid, this.id], [m.PidTagSubject, 'Re: hello'], [m.PidTagSubjectPrefix, 'Re: '], [m.PidTagNormalizedSubject, 'hello']]);
    }
    /** @param {boolean} is */
    setReadFlag(is) {
      if (is) read.add(this.id);
    }
  }
  class Inbox extends m.Folder {
    /** @param {m.Mid} id */
    openMessage(id) {
      if (id > 2n) throw new m.MapiError('not-found');
      return new Mail(id);
    }
    openTable() {
      return m.RowsTable.open([m.PidTagMid], async () => [1n, 2n].map((id) => new Mail(id).properties()));
    }
  }
  const folder = await root(new Inbox());
  assert.equal(await folder.getChildCount('contents'), 2);
  const outcomes = await folder.setReadFlags(BigUint64Array.of(1n, 3n), true);
  assert.deepEqual(outcomes.map((/** @type {any} */ item) => item.outcome.val), [undefined, 'not-found']);
  assert.deepEqual([...read], [1n]);
  const message = await folder.openMessage(1n, false);
  assert.deepEqual(await message.listProperties(), [m.PidTagMid, m.PidTagSubject, m.PidTagSubjectPrefix, m.PidTagNormalizedSubject]);
  assert.deepEqual(await message.getProperties(Uint32Array.of(m.PidTagMid, m.PidTagBody)), [{ tag: 'ok', val: { tag: 'integer64', val: 1n } }, m.NOT_FOUND]);
  assert.deepEqual(await message.getData(), { subjectPrefix: 'Re: ', normalizedSubject: 'hello', recipients: { columns: [], rows: [] } });

  const [id] = m.index.ensureIds(['only://alice/a']);
  const { context } = await opened(new Inbox());
  assert.deepEqual(await context.getPaths([id, 999n]), [{ tag: 'ok', val: 'alice/a' }, { tag: 'err', val: 'not-found' }]);
});

test('each destructor runs once, when the host drops the handle', async () => {
  /** @type {string[]} */
  const disposed = [];
  class Counted extends m.Folder {
    openFolder() {
      return new Counted();
    }
    [Symbol.dispose]() {
      disposed.push('folder');
    }
  }
  const { context, objects } = await opened(new Counted());
  const folder = await context.getRootFolder(5n);
  const child = await folder.openFolder(6n);
  child[Symbol.dispose]();
  assert.equal(disposed.length, 1);
  child[Symbol.dispose]();
  folder[Symbol.dispose]();
  assert.equal(disposed.length, 2);
  context.object[Symbol.dispose] = () => disposed.push('context');
  await objects.Context.close(context);
  context[Symbol.dispose]();
  assert.deepEqual(disposed, ['folder', 'folder', 'context']);
});

test('a destructor that throws is logged and stops nobody', async () => {
  reset();
  class Throwing extends m.Folder {
    [Symbol.dispose]() {
      throw new Error('boom');
    }
  }
  const folder = await root(new Throwing());
  folder[Symbol.dispose]();
  assert.match(takeLog()[0].message, /`destructor` threw Error: boom/);
});

test('what a backend must be is said when it is not', async () => {
  assert.throws(() => expose(/** @type {any} */ (class {})), /extends `Backend`/);
  const { provider } = expose(class extends m.Backend {
    describe() {
      return { name: 'bare', description: 'd', version: '1' };
    }
  });
  assert.deepEqual(await provider.listContexts('alice'), []);
  assert.equal(await provider.createRootFolder('alice', 'mail', 1n, 'x'), undefined);
  assert.equal((await refusal(provider.createContext(CONNECTION, 'bare://alice/'))).code, 'not-found');
});
