// A mailbox behind any HTTP service that speaks the REST API of OpenChange's draft: README.md.

import * as m from 'mapistore';
import { Api } from './src/api.js';
import { RestFolder } from './src/folder.js';
import { Mailbox } from './src/mailbox.js';

const TIMEOUT = 8_000;

/** @type {Map<string, m.Role>} */
const ROLES = new Map([
  ['mail', 'mail'], ['drafts', 'drafts'], ['sentitems', 'sent-items'], ['sent-items', 'sent-items'], ['outbox', 'outbox'],
  ['deleteditems', 'deleted-items'], ['deleted-items', 'deleted-items'], ['calendar', 'calendar'], ['contacts', 'contacts'],
  ['tasks', 'tasks'], ['notes', 'notes'], ['journal', 'journal'],
]);

/** The operator's settings. @type {{ url: string, token?: string, timeout: number }} */
let settings = { url: '', timeout: TIMEOUT };

export default class Rest extends m.Backend {
  /** @returns {m.BackendInfo} */
  describe() {
    return { name: 'rest', description: 'mail, calendars, contacts, tasks and notes over HTTP', version: '0.1.0', capabilities: ['folders', 'streams', 'write-messages'] };
  }

  /** @override @param {Map<string, string>} config */
  init(config) {
    const url = config.get('url') ?? '';
    const timeout = Number(config.get('timeout_ms') ?? TIMEOUT);
    // `mapistore check` and a first look come without settings; the first call that needs the service says so.
    if (url && !/^https?:\/\//.test(url)) throw new m.MapiError('backend-init', `\`url\` is \`${url}\`, and has to begin with \`http://\` or \`https://\``);
    if (!Number.isInteger(timeout) || timeout < 1) throw new m.MapiError('backend-init', `\`timeout_ms\` is \`${config.get('timeout_ms')}\`, and has to be a number of milliseconds`);
    settings = { url, timeout, token: config.get('token') };
  }

  /** @override @param {string} username @returns {Promise<m.ContextEntry[]>} */
  async listContexts(username) {
    const { contexts } = await api(username).info();
    if (!Array.isArray(contexts)) throw new m.MapiError('transport', 'the service names no `contexts`');
    return contexts.map(({ url, name, role, main_folder: mainFolder }) => {
      const id = /^\/folders\/([^/]+)\/$/.exec(url)?.[1];
      const known = ROLES.get(`${role}`.toLowerCase());
      if (!id || !known) throw new m.MapiError('transport', `the service offers \`${url}\` as \`${role}\`, which is no folder for anything`);
      return { url: `rest://${encodeURIComponent(username)}/folders/${id}/`, name, role: known, mainFolder };
    });
  }

  /** @override @param {m.ConnectionInfo} connection @param {string} uri */
  async createContext({ owner, replicaGuid }, uri) {
    const [, user, id] = /^rest:\/\/([^/]+)\/folders\/([^/]+)\/?$/.exec(uri) ?? [];
    if (!id) throw new m.MapiError('invalid-uri', `\`${uri}\` is not \`rest://USER/folders/ID/\``);
    if (user !== encodeURIComponent(owner)) throw new m.MapiError('not-found', `\`${uri}\` is not a root of \`${owner}\``);
    const mailbox = new Mailbox(api(owner), replicaGuid);
    await mailbox.api.folder(decodeURIComponent(id));
    return new Root(mailbox, `${uri.replace(/\/$/, '')}/`);
  }
}

class Root extends m.Context {
  /** @param {Mailbox} mailbox @param {string} uri */
  constructor(mailbox, uri) {
    super();
    this.mailbox = mailbox;
    this.uri = uri;
  }

  /** @override @param {m.Fid} id */
  getRootFolder(id) {
    return new RestFolder(this.mailbox, id, this.uri);
  }
}

/** The service as this user sees it. @param {string} user */
function api(user) {
  if (!settings.url) throw new m.MapiError('not-available', 'the setting `url` is missing: where the service is');
  return new Api({ ...settings, url: settings.url.replaceAll('{user}', encodeURIComponent(user)) });
}
