// The backend against a service, as the host calls it.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import * as m from 'mapistore';
import { expose, reset } from 'mapistore/testing';
import Rest from '../backend.js';
import { serve } from './server.js';

/** @type {Awaited<ReturnType<typeof serve>>} */
let service;
let users = 0;
/** @type {string} */
let user;
const { provider, objects } = expose(Rest);

before(async () => {
  service = await serve();
});
after(() => service.close());
beforeEach(async () => {
  reset();
  service.misbehave();
  service.requests.length = 0;
  user = `user${(users += 1)}`;
  await provider.init([['url', service.url], ['timeout_ms', '500']]);
});

/** The root of a role. @param {string} role @returns {Promise<any>} */
async function root(role = 'mail') {
  const entry = (await provider.listContexts(user)).find((/** @type {any} */ entry) => entry.role === role);
  const connection = { username: user, owner: user, replicaGuid: { hi: 1n, lo: 2n }, replicaId: 1, locale: 0x0409, codepage: 1252 };
  const context = await provider.createContext(connection, entry.url);
  return context.getRootFolder(m.index.ensureIds([entry.url])[0]);
}
const id = () => m.index.reserve(1).first;
/** @param {[number, m.Value][]} values */
const wire = (values) => values.map(([tag, value]) => ({ tag, value: m.toWire(tag, value) }));
/** @param {any} folder @param {string} subject @param {[number, m.Value][]} [more] */
async function add(folder, subject, more = []) {
  const mid = id();
  const message = await folder.createMessage(mid, false);
  assert.deepEqual(await message.setProperties(wire([[m.PidTagSubject, subject], ...more])), []);
  return { mid, message, change: await message.save(false) };
}
/** @param {any} object @param {number} tag */
async function value(object, tag) {
  const [cell] = await object.getProperties([tag]);
  return cell.tag === 'ok' ? cell.val.val : cell.val;
}
/** @param {any} folder @param {'contents' | 'hierarchy'} kind @param {number[]} columns */
async function rows(folder, kind, columns) {
  const table = await folder.openTable(kind);
  await table.setColumns(columns);
  const { cells } = await table.queryRows(0, 1000);
  return Array.from({ length: cells.length / columns.length }, (_, at) => cells.slice(at * columns.length, (at + 1) * columns.length).map((/** @type {any} */ cell) => cell.val?.val ?? cell.val));
}
/** @param {Promise<unknown>} call */
const code = (call) => call.then(() => 'done', (error) => error.payload?.code ?? String(error));

test('a message is created, read, changed and deleted, and the service has it', async () => {
  const inbox = await root();
  const time = m.filetime(new Date('2026-03-04T05:06:07Z')) + 1n;
  const { mid, change } = await add(inbox, 'Re: hello', [[m.PidTagBody, 'text €'], [m.PidTagHtml, Uint8Array.of(0, 255)], [m.PidTagClientSubmitTime, time], [0x8005_1014, [1n, -2n]]]);
  const [item] = [...service.mailbox(user).items.values()];
  assert.deepEqual([item.collection, item.parent_id, item.PidTagSubject, item.PidTagHtml, item.PidTagClientSubmitTime, item['0x80051014']], ['mails', '1', 'Re: hello', 'AP8=', `${time}`, ['1', '-2']]);
  const again = await (await root()).openMessage(mid, true);
  assert.deepEqual(await Promise.all([m.PidTagBody, m.PidTagHtml, m.PidTagClientSubmitTime, 0x8005_1014, m.PidTagNormalizedSubject].map((tag) => value(again, tag))), ['text €', Uint8Array.of(0, 255), time, [1n, -2n], 'hello']);
  assert.equal(await value(again, m.PidTagChangeNumber), BigInt.asIntN(64, change));
  await again.setProperties(wire([[m.PidTagSubject, 'changed']]));
  await again.removeProperties([m.PidTagBody]);
  const newer = await again.save(false);
  assert.ok(m.globcnt(newer) > m.globcnt(change));
  assert.deepEqual([item.PidTagSubject, item.PidTagBody], ['changed', undefined]);
  const [outcome, missing] = await inbox.deleteMessages([mid, 999n], 'hard');
  assert.deepEqual([outcome.outcome.tag, missing.outcome.val], ['ok', 'not-found']);
  assert.equal(service.mailbox(user).items.size, 0);
  assert.equal(await code(inbox.openMessage(mid, false)), 'not-found');
});

test('an appointment, a contact and a task are where the service has such', async () => {
  for (const [role, messageClass, collection] of [['calendar', 'IPM.Appointment', 'calendars'], ['contacts', 'IPM.Contact', 'contacts'], ['tasks', 'IPM.Task', 'tasks']]) {
    const folder = await root(role);
    const { mid } = await add(folder, role, [[m.PidTagMessageClass, messageClass]]);
    assert.equal(m.index.getUris([mid])[0]?.uri.split('/').at(-1)?.split('.')[0], collection);
    assert.deepEqual(await rows(folder, 'contents', [m.PidTagMessageClass, m.PidTagSubject]), [[messageClass, role]]);
  }
});

test('a listing is fetched once, and an item keeps its number until it changes', async () => {
  const inbox = await root();
  const { mid } = await add(inbox, 'one');
  await add(inbox, 'two');
  const columns = [m.PidTagMid, m.PidTagSubject, m.PidTagChangeNumber];
  const first = await rows(inbox, 'contents', columns);
  assert.deepEqual(first.map(([, subject]) => subject), ['one', 'two']);
  service.requests.length = 0;
  assert.deepEqual(await rows(inbox, 'contents', columns), first);
  assert.deepEqual(service.requests, ['GET /folders/1/messages 304']);
  assert.equal(first[0][0], BigInt.asIntN(64, mid));
  const [item] = [...service.mailbox(user).items.values()];
  item.PidTagSubject = 'changed by somebody else';
  const [changed, same] = await rows(inbox, 'contents', columns);
  assert.equal(changed[1], 'changed by somebody else');
  assert.notEqual(changed[2], first[0][2]);
  assert.deepEqual(same, first[1]);
});

test('a message that somebody else changed is not overwritten, unless it is forced', async () => {
  const inbox = await root();
  const { mid } = await add(inbox, 'mine');
  const message = await inbox.openMessage(mid, true);
  [...service.mailbox(user).items.values()][0].PidTagSubject = 'theirs';
  await message.setProperties(wire([[m.PidTagSubject, 'ours']]));
  assert.equal(await code(message.save(false)), 'object-modified');
  await message.save(true);
  assert.equal([...service.mailbox(user).items.values()][0].PidTagSubject, 'ours');
  assert.equal(await code((await inbox.openMessage(mid, false)).setProperties([])), 'denied');
});

test('a read flag is a change, and no conflict for who saves', async () => {
  const inbox = await root();
  const { mid, change } = await add(inbox, 'x');
  const writer = await inbox.openMessage(mid, true);
  const [outcome] = await inbox.setReadFlags([mid], true);
  assert.equal(outcome.outcome.tag, 'ok');
  const message = await inbox.openMessage(mid, false);
  assert.equal((await value(message, m.PidTagMessageFlags)) & 1, 1);
  assert.notEqual(await value(message, m.PidTagChangeNumber), BigInt.asIntN(64, change));
  await writer.save(false);
});

test('recipients come back as they were given', async () => {
  const inbox = await root();
  const { mid, message } = await add(inbox, 'x');
  const columns = [m.PidTagDisplayName, m.PidTagEmailAddress];
  const cells = (/** @type {string} */ name) => [m.toWire(m.PidTagDisplayName, name), m.toWire(m.PidTagEmailAddress, `${name}@example.org`)];
  await message.setRecipients({ columns, rows: [{ kind: 'to', username: undefined, cells: cells('Bob') }, { kind: 'cc', username: 'carol', cells: cells('Carol') }] });
  await message.save(false);
  const data = await (await inbox.openMessage(mid, false)).getData();
  assert.deepEqual(data.recipients.rows.map((/** @type {any} */ row) => [row.kind, row.username, row.cells[data.recipients.columns.indexOf(m.PidTagDisplayName)].val]), [['to', undefined, 'Bob'], ['cc', 'carol', 'Carol']]);
  assert.equal(await value(await inbox.openMessage(mid, false), m.PidTagDisplayTo), 'Bob');
});

test('folders are made, named once, listed and deleted with what is in them', async () => {
  const inbox = await root();
  const fid = id();
  const folder = await inbox.createFolder(fid, wire([[m.PidTagDisplayName, 'Project']]));
  assert.equal(await code(inbox.createFolder(id(), wire([[m.PidTagDisplayName, 'Project']]))), 'exists');
  assert.equal(await code(inbox.createFolder(id(), [])), 'invalid-parameter');
  const { mid } = await add(folder, 'inside');
  assert.deepEqual(await rows(inbox, 'hierarchy', [m.PidTagFolderId, m.PidTagDisplayName, m.PidTagContentCount]), [[BigInt.asIntN(64, fid), 'Project', 1]]);
  const other = await inbox.createFolder(id(), wire([[m.PidTagDisplayName, 'Other']]));
  assert.equal(await code(other.setProperties(wire([[m.PidTagDisplayName, 'Project']]))), 'exists');
  await other.setProperties(wire([[m.PidTagDisplayName, 'Renamed']]));
  assert.equal(await value(other, m.PidTagDisplayName), 'Renamed');
  const opened = await inbox.openFolder(fid);
  assert.equal(await code(opened.delete('hard', false)), 'exists');
  await opened.delete('hard', true);
  assert.deepEqual(m.index.getUris([fid, mid]), [undefined, undefined]);
  assert.equal(await code(inbox.openFolder(fid)), 'not-found');
  assert.equal(await code(inbox.delete('hard', true)), 'denied');
  assert.deepEqual([await inbox.getChildCount('hierarchy'), await inbox.getChildCount('contents')], [1, 0]);
});

test('messages are moved and copied within the mailbox', async () => {
  const inbox = await root();
  const folder = await inbox.createFolder(id(), wire([[m.PidTagDisplayName, 'Target']]));
  const [one, two] = [await add(inbox, 'one'), await add(inbox, 'two')];
  const [moved, copied] = [id(), id()];
  const source = { tag: 'same-context', val: inbox };
  await folder.moveCopyMessages(source, [{ source: one.mid, target: moved }], false);
  await folder.moveCopyMessages(source, [{ source: two.mid, target: copied }], true);
  assert.deepEqual((await rows(inbox, 'contents', [m.PidTagMid])).flat(), [BigInt.asIntN(64, two.mid)]);
  assert.deepEqual((await rows(folder, 'contents', [m.PidTagMid, m.PidTagSubject])).sort(), [[BigInt.asIntN(64, moved), 'one'], [BigInt.asIntN(64, copied), 'two']].sort());
  assert.equal(await code(inbox.openMessage(one.mid, false)), 'not-found');
});

test('a large property is streamed', async () => {
  const inbox = await root();
  const { mid, message } = await add(inbox, 'x');
  const stream = await message.openStream(m.PidTagBody, 'create');
  await stream.write(0n, m.utf16le('a'.repeat(50_000)));
  await stream.commit();
  await message.save(false);
  const again = await inbox.openMessage(mid, false);
  assert.equal(await value(again, m.PidTagBody), 100_000n);
  const read = await again.openStream(m.PidTagBody, 'read');
  assert.deepEqual([await read.size(), (await read.read(99_998n, 10)).length], [100_000n, 2]);
  assert.equal(await code(again.openStream(m.PidTagBody, 'read-write')), 'denied');
});

test('what the service refuses is an error of the contract', async () => {
  const inbox = await root();
  for (const [status, expected] of /** @type {[number, string][]} */ ([[401, 'denied'], [409, 'exists'], [413, 'too-big'], [418, 'transport'], [500, 'not-available'], [507, 'quota-exceeded']])) {
    service.misbehave((response) => response.writeHead(status).end());
    assert.equal(await code(inbox.getProperties([m.PidTagDisplayName])), expected, `${status}`);
  }
  service.misbehave((response) => response.end('no json'));
  assert.equal(await code(inbox.openTable('contents')), 'transport');
  service.misbehave((response) => response.end('{}'));
  assert.equal(await code(inbox.openTable('contents')), 'transport');
  service.misbehave((response) => response.destroy());
  assert.equal(await code(inbox.openTable('contents')), 'transport');
});

test('a service that does not answer is given up', async () => {
  await provider.init([['url', service.url], ['timeout_ms', '50']]);
  service.misbehave(() => {});
  const error = await provider.listContexts(user).then(() => undefined, (/** @type {any} */ error) => error.payload);
  assert.equal(error.code, 'not-available');
});

test('settings are checked, and roots are those of the user', async () => {
  assert.equal(await code(provider.init([['url', 'ftp://x/']])), 'backend-init');
  assert.equal(await code(provider.init([['url', service.url], ['timeout_ms', 'soon']])), 'backend-init');
  const connection = { username: user, owner: user, replicaGuid: { hi: 1n, lo: 2n } };
  assert.equal(await code(provider.createContext(connection, 'rest://somebody/folders/1/')), 'not-found');
  assert.equal(await code(provider.createContext(connection, `rest://${user}/folders/99/`)), 'not-found');
  assert.equal(await code(provider.createContext(connection, `rest://${user}/nonsense`)), 'invalid-uri');
  assert.ok(objects.Folder);
});
