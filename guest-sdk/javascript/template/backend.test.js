// node --test

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import * as m from 'mapistore';
import { reset } from 'mapistore/testing';
import Example from './backend.js';

/** @type {m.ConnectionInfo} */
const connection = { username: 'alice', owner: 'alice', replicaGuid: { hi: 1n, lo: 2n }, replicaId: 1, locale: 0x0409, codepage: 1252 };
const open = () => new Example().createContext(connection, 'example-name://alice/inbox/').getRootFolder(5n);

beforeEach(reset);

test('the inbox has three messages, in their order', () => {
  const table = open().openTable('contents');
  table.setColumns([m.PidTagSubject]);
  const subjects = table.queryRows(0, 10).cells.map((cell) => cell.tag === 'ok' && cell.val.val);
  assert.deepEqual(subjects, ['Welcome', 'A second message', 'The last one']);
});

test('a message that was read stays read', async () => {
  const inbox = open();
  await inbox.setReadFlags([inbox.state.mids[1]], true);
  assert.equal(open().openMessage(inbox.state.mids[1]).properties().get(m.PidTagMessageFlags), 1);
  assert.equal(open().properties().get(m.PidTagContentUnreadCount), 2);
});

test('there is nothing but an inbox', () => {
  assert.throws(() => new Example().createContext(connection, 'example-name://alice/drafts/'), { code: 'not-found' });
  assert.throws(() => open().openMessage(999n), { code: 'not-found' });
});
