// A service that keeps a mailbox for each user in memory, as small as one can be that speaks the API: `/USER/...`. To try the sample by hand:
// node tests/server.js PORT

import { createServer } from 'node:http';
import { createHash } from 'node:crypto';

const COLLECTIONS = ['mails', 'calendars', 'contacts', 'tasks', 'notes'];

/** A user's folders and items, by id. Every user has four roots. */
class Mailbox {
  constructor() {
    this.last = 4;
    /** @type {Map<string, any>} */
    this.folders = new Map([['1', 'Inbox', 'IPF.Note'], ['2', 'Calendar', 'IPF.Appointment'], ['3', 'Contacts', 'IPF.Contact'], ['4', 'Tasks', 'IPF.Task']]
      .map(([id, PidTagDisplayName, PidTagContainerClass]) => [id, { id, PidTagDisplayName, PidTagContainerClass }]));
    /** @type {Map<string, any>} */
    this.items = new Map();
  }

  info() {
    const roles = ['mail', 'calendar', 'contacts', 'tasks'];
    const contexts = roles.map((role, at) => ({ name: this.folders.get(`${at + 1}`).PidTagDisplayName, url: `/folders/${at + 1}/`, role, main_folder: true }));
    return { name: 'test service', version: 1, capabilities: {}, contexts };
  }
  /** @param {Map<string, any>} kept @param {string} id */
  inside(kept, id) {
    return [...kept.values()].filter(({ parent_id }) => parent_id === id);
  }
  /** @param {string} id */
  deleteFolder(id) {
    for (const { id: child } of this.inside(this.folders, id)) this.deleteFolder(child);
    for (const item of this.inside(this.items, id)) this.items.delete(`${item.collection}/${item.id}`);
    this.folders.delete(id);
  }
}

/** @param {any} target @param {any} changes */
function change(target, changes) {
  for (const [name, value] of Object.entries(changes)) {
    if (['id', 'collection'].includes(name)) continue;
    if (value === null) delete target[name];
    else target[name] = value;
  }
}

/** @param {Mailbox} mailbox @param {string} method @param {string[]} path @param {any} body @returns {{ status?: number, json?: any, rows?: number }} */
function answer(mailbox, method, [collection, id, what], body) {
  if (collection === 'info') return { json: mailbox.info() };
  const isFolder = collection === 'folders';
  if (!isFolder && !COLLECTIONS.includes(collection)) return { status: 404 };
  const kept = isFolder ? mailbox.folders : mailbox.items;
  if (!id) {
    if (method !== 'POST' || !mailbox.folders.has(body?.parent_id) || (isFolder && !body.PidTagDisplayName)) return { status: 422 };
    const made = { ...body, id: `${(mailbox.last += 1)}`, collection };
    kept.set(isFolder ? made.id : `${collection}/${made.id}`, made);
    return { json: { id: made.id } };
  }
  const key = isFolder ? id : `${collection}/${id}`;
  const found = kept.get(key);
  if (!found) return { status: 404 };
  if (isFolder && (what === 'messages' || what === 'folders')) {
    const rows = mailbox.inside(what === 'folders' ? mailbox.folders : mailbox.items, id);
    return method === 'HEAD' ? { rows: rows.length } : { json: rows };
  }
  switch (method) {
    case 'GET':
      return { json: found };
    case 'HEAD':
      return {};
    case 'PUT':
      if (body.parent_id !== undefined && !mailbox.folders.has(body.parent_id)) return { status: 422 };
      change(found, body);
      return { status: 201 };
    case 'DELETE':
      if (isFolder) mailbox.deleteFolder(id);
      else kept.delete(key);
      return { status: 204 };
    default:
      return { status: 405 };
  }
}

/**
 * Starts a service on a free port, or on this one.
 *
 * @param {number} [port]
 * @returns {Promise<{ url: string, requests: string[], mailbox: (user: string) => Mailbox, misbehave: (how?: (response: import('node:http').ServerResponse) => void) => void, close: () => void }>}
 */
export function serve(port = 0) {
  /** @type {Map<string, Mailbox>} */
  const mailboxes = new Map();
  /** @type {string[]} */
  const requests = [];
  /** @type {((response: import('node:http').ServerResponse) => void) | undefined} */
  let misbehaviour;
  const mailbox = (/** @type {string} */ user) => {
    const kept = mailboxes.get(user) ?? new Mailbox();
    mailboxes.set(user, kept);
    return kept;
  };
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part) => (text += part));
    request.on('end', () => {
      const [user, ...path] = (request.url ?? '').split('?')[0].split('/').filter(Boolean).map(decodeURIComponent);
      if (misbehaviour) return misbehaviour(response);
      const { status = 200, json, rows } = answer(mailbox(user), request.method ?? '', path, text ? JSON.parse(text) : undefined);
      const body = json === undefined ? '' : JSON.stringify(json);
      const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
      const same = body && request.headers['if-none-match'] === etag;
      requests.push(`${request.method} /${path.join('/')} ${same ? 304 : status}`);
      response.writeHead(same ? 304 : status, { 'content-type': 'application/json', ...(body ? { etag } : {}), ...(rows === undefined ? {} : { 'x-mapistore-rowcount': `${rows}` }) });
      response.end(same ? '' : body);
    });
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      const address = /** @type {import('node:net').AddressInfo} */ (server.address());
      resolve({
        url: `http://127.0.0.1:${address.port}/{user}`, requests, mailbox, misbehave: (how) => (misbehaviour = how),
        close: () => {
          server.closeAllConnections();
          server.close();
        },
      });
    });
  });
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { url } = await serve(Number(process.argv[2] ?? 0));
  process.stdout.write(`${url}\n`);
}
