// One Inbox of three messages, which can be marked as read.

import * as m from 'mapistore';

const MESSAGES = [
  { subject: 'Welcome', time: new Date('2026-01-01T09:00:00Z') },
  { subject: 'A second message', time: new Date('2026-01-02T10:00:00Z') },
  { subject: 'The last one', time: new Date('2026-01-03T11:00:00Z') },
];

export default class Example extends m.Backend {
  describe() {
    return { name: 'example-name', description: 'three messages', version: '0.1.0' };
  }
  /** @override @param {string} user @returns {m.ContextEntry[]} */
  listContexts(user) {
    return [{ url: `example-name://${user}/inbox/`, name: 'Inbox', role: 'mail' }];
  }
  /** @override @param {m.ConnectionInfo} connection @param {string} uri */
  createContext(connection, uri) {
    const inbox = `example-name://${connection.owner}/inbox`;
    if (uri.replace(/\/$/, '') !== inbox) throw new m.MapiError('not-found', 'there is only an inbox');
    return new Root(m.index.ensureIds(MESSAGES.map((_, at) => `${inbox}/${at + 1}`)), connection);
  }
}

class Root extends m.Context {
  constructor(/** @type {m.Mid[]} */ mids, /** @type {m.ConnectionInfo} */ connection) {
    super();
    this.state = { mids, replica: connection.replicaGuid, read: new m.Bucket('read') };
  }
  /** @override @param {m.Fid} id */
  getRootFolder(id) {
    return new Inbox(this.state, id);
  }
}

class Inbox extends m.Folder {
  constructor(/** @type {Root['state']} */ state, /** @type {m.Fid} */ id) {
    super();
    this.state = state;
    this.id = id;
  }
  properties() {
    return new m.Properties([
      [m.PidTagDisplayName, 'Inbox'], [m.PidTagContainerClass, 'IPF.Note'], [m.PidTagFolderId, this.id], [m.PidTagSubfolders, false],
      [m.PidTagContentCount, 3], [m.PidTagContentUnreadCount, 3 - [...this.state.read.keys()].length],
    ]);
  }
  /** @override @param {m.TableKind} kind */
  openTable(kind) {
    const rows = () => (kind === 'contents' ? this.state.mids : []).map((mid) => this.openMessage(mid).properties());
    return m.RowsTable.open(new Mail(this.state, 0).properties().tags(), rows);
  }
  /** @override @param {m.Mid} mid */
  openMessage(mid) {
    if (!this.state.mids.includes(mid)) throw new m.MapiError('not-found', 'no such message');
    return new Mail(this.state, this.state.mids.indexOf(mid));
  }
}

class Mail extends m.Message {
  constructor(/** @type {Root['state']} */ state, /** @type {number} */ at) {
    super();
    this.state = state;
    this.at = at;
  }
  properties() {
    const [{ mids, replica, read }, { subject, time }, number] = [this.state, MESSAGES[this.at], this.at + 1];
    const change = m.fromGlobcnt(BigInt(number));
    return new m.Properties([
      [m.PidTagMid, mids[this.at]], [m.PidTagChangeNumber, change], [m.PidTagChangeKey, m.xid(replica, change)],
      [m.PidTagMessageClass, 'IPM.Note'], [m.PidTagMessageFlags, read.has(`${number}`) ? 1 : 0], [m.PidTagMessageSize, 20],
      [m.PidTagSubject, subject], [m.PidTagSenderName, 'Alice Example'], [m.PidTagSenderEmailAddress, 'alice@example.org'],
      [m.PidTagClientSubmitTime, time], [m.PidTagMessageDeliveryTime, time], [m.PidTagBody, `This is message ${number}.\r\n`],
    ]);
  }
  /** @override @param {boolean} read */
  setReadFlag(read) {
    return read ? this.state.read.set(`${this.at + 1}`, '1') : this.state.read.delete(`${this.at + 1}`);
  }
}
