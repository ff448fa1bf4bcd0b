// A folder of the service.

/** @import { Mailbox } from './mailbox.js' */
/** @import { Item } from './json.js' */

import * as m from 'mapistore';
import { fromItem, namesOf, toItem } from './json.js';
import { leaf, named } from './mailbox.js';
import { RestMessage, messageProperties } from './message.js';

/** The columns of a contents table, and of a hierarchy table. */
const CONTENTS = [
  m.PidTagMid, m.PidTagChangeNumber, m.PidTagChangeKey, m.PidTagPredecessorChangeList, m.PidTagSourceKey, m.PidTagParentFolderId,
  m.PidTagMessageClass, m.PidTagMessageFlags, m.PidTagMessageSize, m.PidTagHasAttachments, m.PidTagSubject, m.PidTagSubjectPrefix,
  m.PidTagNormalizedSubject, m.PidTagSenderName, m.PidTagDisplayTo, m.PidTagDisplayCc, m.PidTagDisplayBcc, m.PidTagClientSubmitTime,
  m.PidTagMessageDeliveryTime, m.PidTagCreationTime, m.PidTagLastModificationTime, m.PidTagImportance,
];
const HIERARCHY = [
  m.PidTagDisplayName, m.PidTagContainerClass, m.PidTagComment, m.PidTagFolderId, m.PidTagParentFolderId, m.PidTagContentCount,
  m.PidTagSubfolders, m.PidTagFolderType,
];

/** What the service counts, and what the host says. */
const COMPUTED = [
  m.PidTagFolderId, m.PidTagParentFolderId, m.PidTagContentCount, m.PidTagContentUnreadCount, m.PidTagSubfolders, m.PidTagFolderChildCount,
].map(m.propertyId);

/** A folder, by its URI and what the service calls it. */
export class RestFolder extends m.Folder {
  /** @param {Mailbox} mailbox @param {m.Fid} id @param {string} uri @param {m.Fid} [parent] */
  constructor(mailbox, id, uri, parent) {
    super();
    this.mailbox = mailbox;
    this.id = id;
    this.uri = uri;
    this.name = named(uri).id;
    this.parent = parent;
  }

  /** @override */
  async properties() {
    const { api } = this.mailbox;
    const [item, messages, folders] = await Promise.all([api.folder(this.name), api.count(this.name, 'messages'), api.count(this.name, 'folders')]);
    return this.#stamped(item, messages, folders);
  }

  /** @param {Item} item @param {number} messages @param {number} folders */
  #stamped(item, messages, folders) {
    const properties = fromItem(item);
    if (!properties.has(m.PidTagContainerClass)) properties.set(m.PidTagContainerClass, 'IPF.Note');
    if (this.parent !== undefined) properties.set(m.PidTagParentFolderId, this.parent);
    return properties.set(m.PidTagFolderId, this.id).set(m.PidTagContentCount, messages).set(m.PidTagSubfolders, folders > 0)
      .set(m.PidTagFolderChildCount, folders).set(m.PidTagFolderType, this.parent === undefined ? 0 : 1);
  }

  /** @override @param {m.Property[]} values @returns {Promise<m.PropertyProblem[]>} */
  async setProperties(values) {
    const denied = values.filter(({ tag }) => COMPUTED.includes(m.propertyId(tag)));
    const set = new m.Properties(values.filter((value) => !denied.includes(value)).map(({ tag, value }) => [tag, value]));
    if (set.has(m.PidTagDisplayName) && this.parent !== undefined) await this.#checkName(set.get(m.PidTagDisplayName));
    await this.mailbox.api.updateFolder(this.name, toItem(set));
    return denied.map(({ tag }) => ({ tag, code: 'denied' }));
  }

  /** No sibling has this name. @param {string} name */
  async #checkName(name) {
    const siblings = await this.mailbox.api.folders(named(this.uri.replace(/[^/]*\/$/, '')).id);
    if (siblings.some((item) => item.PidTagDisplayName === name && `${item.id}` !== this.name)) throw new m.MapiError('exists', 'the name is taken');
  }

  /** @override @param {m.PropertyTag[]} tags @returns {Promise<m.PropertyProblem[]>} */
  async removeProperties(tags) {
    const denied = tags.filter((tag) => [...COMPUTED, m.propertyId(m.PidTagDisplayName)].includes(m.propertyId(tag)));
    const names = namesOf(tags.filter((tag) => !denied.includes(tag)));
    await this.mailbox.api.updateFolder(this.name, Object.fromEntries(names.map((name) => [name, null])));
    return denied.map((tag) => ({ tag, code: 'denied' }));
  }

  /** The URI of an object in this folder. @param {m.Fmid} id @param {'folder' | 'message'} kind */
  #uriOf(id, kind) {
    const uri = live(m.index.getUris([id])[0]);
    const rest = uri?.startsWith(this.uri) ? uri.slice(this.uri.length) : '';
    if (!uri || !(kind === 'folder' ? /^[^/]+\/$/ : /^[^/]+$/).test(rest)) throw new m.MapiError('not-found', `there is no such ${kind} in this folder`);
    return uri;
  }

  /** @override @param {m.Fid} id */
  async openFolder(id) {
    const uri = this.#uriOf(id, 'folder');
    await this.mailbox.api.folder(named(uri).id);
    return new RestFolder(this.mailbox, id, uri, this.id);
  }

  /** @override @param {m.Fid} id @param {m.Property[]} properties */
  async createFolder(id, properties) {
    const given = new m.Properties(properties.filter(({ tag }) => !COMPUTED.includes(m.propertyId(tag))).map(({ tag, value }) => [tag, value]));
    if (!given.has(m.PidTagDisplayName)) throw new m.MapiError('invalid-parameter', 'a folder needs PidTagDisplayName');
    const siblings = await this.mailbox.api.folders(this.name);
    if (siblings.some((item) => item.PidTagDisplayName === given.get(m.PidTagDisplayName))) throw new m.MapiError('exists', 'the name is taken');
    const name = await this.mailbox.api.createFolder(this.name, toItem(given));
    const uri = `${this.uri}${encodeURIComponent(name)}/`;
    try {
      m.index.add(id, uri);
    } catch (error) {
      await this.mailbox.api.deleteFolder(name);
      throw error;
    }
    return new RestFolder(this.mailbox, id, uri, this.id);
  }

  /** @override @param {m.DeleteMode} mode @param {boolean} recursive */
  async delete(mode, recursive) {
    if (this.parent === undefined) throw new m.MapiError('denied', 'the root stays');
    const { api } = this.mailbox;
    const counts = await Promise.all([api.count(this.name, 'messages'), api.count(this.name, 'folders')]);
    if (!recursive && counts.some((count) => count > 0)) throw new m.MapiError('exists', 'the folder is not empty');
    await api.deleteFolder(this.name);
    for (let below = m.index.find(this.uri); below.length; below = m.index.find(this.uri)) this.mailbox.forget(below.map(({ id }) => id), mode);
  }

  /** @override @param {m.TableKind} kind @returns {Promise<number>} */
  async getChildCount(kind) {
    if (kind === 'contents') return this.mailbox.api.count(this.name, 'messages');
    return kind === 'hierarchy' ? this.mailbox.api.count(this.name, 'folders') : 0;
  }

  /** @override @param {m.TableKind} kind */
  openTable(kind) {
    if (kind === 'hierarchy') return m.RowsTable.open(HIERARCHY, () => this.#folders());
    return m.RowsTable.open(CONTENTS, async () => (kind === 'contents' ? this.#messages() : []));
  }

  async #folders() {
    const { api } = this.mailbox;
    const items = await api.folders(this.name);
    const uris = items.map(({ id }) => `${this.uri}${encodeURIComponent(id)}/`);
    const ids = m.index.ensureIds(uris);
    return Promise.all(items.map(async (item, at) => {
      const counts = await Promise.all([api.count(`${item.id}`, 'messages'), api.count(`${item.id}`, 'folders')]);
      return new RestFolder(this.mailbox, ids[at], uris[at], this.id).#stamped(item, ...counts);
    }));
  }

  async #messages() {
    const items = await this.mailbox.messages(this.name);
    const ids = m.index.ensureIds(items.map((item) => this.uri + leaf(item)));
    const changes = await this.mailbox.changesOf(items);
    return items.map((item, at) => messageProperties(this.mailbox, item, ids[at], changes[at], this.id));
  }

  /** @override @param {m.Mid} id @param {boolean} readWrite */
  openMessage(id, readWrite) {
    return RestMessage.open(this, id, this.#uriOf(id, 'message'), readWrite);
  }

  /** @override @param {m.Mid} id @param {boolean} associated */
  createMessage(id, associated) {
    if (associated) throw m.MapiError.notImplemented('folder associated information');
    return RestMessage.create(this, id, associated);
  }

  /** @override @param {m.Mid[]} ids @param {m.DeleteMode} mode */
  deleteMessages(ids, mode) {
    return m.outcomes(ids, async (id) => {
      const { collection = '', id: name } = named(this.#uriOf(id, 'message'));
      await this.mailbox.api.deleteItem(collection, name);
      this.mailbox.forget([id], mode);
    });
  }

  /** @override @param {m.TransferSource<m.Folder>} source @param {m.TransferItem[]} items @param {boolean} copy */
  moveCopyMessages(source, items, copy) {
    const from = source.folder;
    if (!(from instanceof RestFolder)) throw m.MapiError.notImplemented('transfers between contexts');
    const wanted = new Map(items.map((item) => [item.source, item]));
    return m.outcomes([...wanted.keys()], async (id) => {
      const { collection = '', id: name } = named(from.#uriOf(id, 'message'));
      const { target, keys } = /** @type {m.TransferItem} */ (wanted.get(id));
      const { api } = this.mailbox;
      if (!copy) {
        await api.updateItem(collection, name, { parent_id: this.name });
        m.index.remove([id], 'soft');
        m.index.add(target, this.uri + leaf({ collection, id: name }));
        await this.#keep(collection, name, keys);
        return;
      }
      const { id: _, parent_id: __, collection: ___, ...item } = await api.item(collection, name);
      const made = await api.createItem(collection, this.name, item);
      m.index.add(target, this.uri + leaf({ collection, id: made }));
      await this.#keep(collection, made, keys);
    });
  }

  /** A message that came with keys keeps them until it changes. @param {string} collection @param {string} id @param {m.ImportKeys} [keys] */
  async #keep(collection, id, keys) {
    if (keys) await this.mailbox.changed({ ...(await this.mailbox.api.item(collection, id)), collection, id }, m.index.nextChangeNumber(), keys);
  }
}

/** @param {m.IndexEntry | undefined} entry */
const live = (entry) => (entry && !entry.softDeleted ? entry.uri : undefined);
