// A message: a draft in memory until it is saved.

/** @import { Mailbox } from './mailbox.js' */
/** @import { Item } from './json.js' */

import * as m from 'mapistore';
import { fromItem, fromRecipients, namesOf, toItem, toRecipients } from './json.js';
import { leaf, named } from './mailbox.js';

const READ = 1;
const UNSENT = 8;

/** What nobody can set. */
const COMPUTED = [
  m.PidTagMid, m.PidTagFolderId, m.PidTagParentFolderId, m.PidTagChangeNumber, m.PidTagChangeKey, m.PidTagPredecessorChangeList, m.PidTagSourceKey,
  m.PidTagMessageSize, m.PidTagHasAttachments,
].map(m.propertyId);

/** Where messages of a class are, and what class they have that do not say it. @type {[string, string][]} */
const CLASSES = [['calendars', 'IPM.Appointment'], ['contacts', 'IPM.Contact'], ['tasks', 'IPM.Task'], ['notes', 'IPM.StickyNote'], ['mails', 'IPM.Note']];

/** @param {string} messageClass */
const collectionOf = (messageClass) => CLASSES.find(([, name]) => messageClass.startsWith(name))?.[0] ?? 'mails';

/**
 * The properties of a message, with those that the service leaves out.
 *
 * @param {Mailbox} mailbox
 * @param {Item} item
 * @param {m.Mid} id
 * @param {import('./mailbox.js').Change} change
 * @param {m.Fid} folder
 */
export function messageProperties(mailbox, item, id, change, folder) {
  const properties = fromItem(item);
  const defaults = new m.Properties([
    [m.PidTagMessageClass, CLASSES.find(([collection]) => collection === item.collection)?.[1] ?? 'IPM.Note'], [m.PidTagMessageFlags, 0],
  ]);
  for (const { tag, value } of defaults) if (!properties.has(tag)) properties.set(tag, value);
  subjects(properties);
  properties.set(m.PidTagMid, id).set(m.PidTagParentFolderId, folder).set(m.PidTagMessageSize, JSON.stringify(item).length).set(m.PidTagHasAttachments, false);
  return mailbox.stamp(properties, id, change);
}

/** Subject, prefix and normalized subject say the same (MS-OXCMSG 2.2.1.46). @param {m.Properties} properties @param {number} [changed] */
function subjects(properties, changed = m.PidTagSubject) {
  const [prefix, normalized] = [properties.get(m.PidTagSubjectPrefix) ?? '', properties.get(m.PidTagNormalizedSubject) ?? ''];
  if (m.propertyId(changed) !== m.propertyId(m.PidTagSubject)) {
    properties.set(m.PidTagSubject, prefix + normalized);
  } else if (properties.has(m.PidTagSubject)) {
    const [before, after] = split(properties.get(m.PidTagSubject));
    properties.set(m.PidTagSubjectPrefix, before).set(m.PidTagNormalizedSubject, after);
  } else {
    for (const tag of [m.PidTagSubjectPrefix, m.PidTagNormalizedSubject]) properties.delete(tag);
  }
}

/** A prefix is one to three letters, a colon and a space. @param {string} subject @returns {[string, string]} */
function split(subject) {
  const word = subject.slice(0, Math.max(subject.indexOf(': '), 0));
  // The engine has no classes of Unicode in regular expressions: a letter is what has two cases.
  const isPrefix = /^[^]{1,3}$/u.test(word) && Array.from(word).every((letter) => letter.toLowerCase() !== letter.toUpperCase());
  return isPrefix ? [`${word}: `, subject.slice(word.length + 2)] : ['', subject];
}

/** A message of the service, or a new one. */
export class RestMessage extends m.Message {
  /** @type {Item | undefined} What the service had when it was opened. */
  #item;
  #properties;
  /** @type {Item[]} */
  #recipients;
  #writable;

  /**
   * @param {import('./folder.js').RestFolder} folder
   * @param {m.Mid} id
   * @param {{ item?: Item, properties: m.Properties, writable: boolean }} opened
   */
  constructor(folder, id, { item, properties, writable }) {
    super();
    this.folder = folder;
    this.id = id;
    this.#item = item;
    this.#properties = properties;
    this.#recipients = item?.recipients ?? [];
    this.#writable = writable;
  }

  /** One that the service has. @param {import('./folder.js').RestFolder} folder @param {m.Mid} id @param {string} uri @param {boolean} writable */
  static async open(folder, id, uri, writable) {
    const { collection = '', id: name } = named(uri);
    const item = { ...(await folder.mailbox.api.item(collection, name)), collection, id: name };
    const [change] = await folder.mailbox.changesOf([item]);
    return new RestMessage(folder, id, { item, properties: messageProperties(folder.mailbox, item, id, change, folder.id), writable });
  }

  /** One that is not there yet. @param {import('./folder.js').RestFolder} folder @param {m.Mid} id @param {boolean} associated */
  static create(folder, id, associated) {
    const properties = new m.Properties([
      [m.PidTagMid, id], [m.PidTagMessageClass, 'IPM.Note'], [m.PidTagMessageFlags, UNSENT], [m.PidTagCreationTime, new Date()], [m.PidTagAssociated, associated],
    ]);
    return new RestMessage(folder, id, { properties, writable: true });
  }

  /** @override */
  properties() {
    return this.#properties;
  }

  /** @override @param {m.Property[]} values @returns {m.PropertyProblem[]} */
  setProperties(values) {
    this.#checkWritable();
    return values.flatMap(({ tag, value }) => {
      if (COMPUTED.includes(m.propertyId(tag))) return [{ tag, code: /** @type {const} */ ('denied') }];
      this.#properties.set(tag, value);
      this.#follow(tag);
      return [];
    });
  }

  /** @override @param {m.PropertyTag[]} tags @returns {m.PropertyProblem[]} */
  removeProperties(tags) {
    this.#checkWritable();
    return tags.flatMap((tag) => {
      if (COMPUTED.includes(m.propertyId(tag))) return [{ tag, code: /** @type {const} */ ('denied') }];
      this.#properties.delete(tag);
      this.#follow(tag);
      return [];
    });
  }

  /** @param {m.PropertyTag} tag */
  #follow(tag) {
    const related = [m.PidTagSubject, m.PidTagSubjectPrefix, m.PidTagNormalizedSubject].map(m.propertyId);
    if (related.includes(m.propertyId(tag))) subjects(this.#properties, tag);
  }

  /** @override @param {m.PropertyTag} tag @param {m.StreamAccess} access @returns {m.PropertyStream} */
  openStream(tag, access) {
    if (access === 'read' || access === 'read-write') {
      const value = this.#properties.get(tag);
      const bytes = value === undefined ? undefined : m.toStream(tag, value);
      if (!bytes) throw new m.MapiError('not-found', 'there is no such property');
      return new m.BytesStream(bytes, access === 'read' ? undefined : this.#writing(tag));
    }
    return new m.BytesStream(new Uint8Array(), this.#writing(tag));
  }

  /** @param {m.PropertyTag} tag */
  #writing(tag) {
    this.#checkWritable();
    if (COMPUTED.includes(m.propertyId(tag))) throw new m.MapiError('denied', 'the property is computed');
    m.fromStream(tag, new Uint8Array());
    return (/** @type {Uint8Array} */ bytes) => {
      this.#properties.set(tag, m.fromStream(tag, bytes));
      this.#follow(tag);
    };
  }

  /** @override @returns {m.MessageData} */
  getData() {
    const [prefix, subject] = [this.#properties.get(m.PidTagSubjectPrefix), this.#properties.get(m.PidTagNormalizedSubject)];
    return { subjectPrefix: prefix || undefined, normalizedSubject: subject, recipients: fromRecipients(this.#recipients) };
  }

  /** @override @param {m.RecipientTable} recipients */
  setRecipients(recipients) {
    this.#checkWritable();
    this.#recipients = toRecipients(recipients);
    const names = (/** @type {number} */ kind) =>
      this.#recipients.filter(({ PidTagRecipientType }) => PidTagRecipientType === kind).map(({ PidTagDisplayName }) => PidTagDisplayName ?? '').join('; ');
    this.#properties.set(m.PidTagDisplayTo, names(1)).set(m.PidTagDisplayCc, names(2)).set(m.PidTagDisplayBcc, names(3));
  }

  /** @override @param {boolean} read */
  async setReadFlag(read) {
    const flags = /** @type {number} */ (this.#properties.get(m.PidTagMessageFlags) ?? 0);
    const changed = read ? flags | READ : flags & ~READ;
    if (this.#item && changed !== flags) await this.folder.mailbox.api.updateItem(this.#item.collection, this.#item.id, { PidTagMessageFlags: changed });
    this.#properties.set(m.PidTagMessageFlags, changed);
    if (this.#item) this.#item.PidTagMessageFlags = changed;
  }

  /** @override @param {boolean} force */
  async save(force) {
    this.#checkWritable();
    const { mailbox } = this.folder;
    this.#properties.set(m.PidTagLastModificationTime, new Date());
    const kept = Array.from(this.#properties).filter(({ tag }) => !COMPUTED.includes(m.propertyId(tag)));
    const item = { ...toItem(kept), recipients: this.#recipients };
    const saved = this.#item ? await this.#update(this.#item, item, force) : await this.#create(item);
    // The change is new whatever the service made of it: a client that saved has to learn so.
    const [number] = m.index.nextChangeNumbers(1);
    const change = await mailbox.changed(saved, number);
    this.#item = saved;
    mailbox.stamp(this.#properties, this.id, change);
    this.#properties.set(m.PidTagMessageSize, JSON.stringify(saved).length).set(m.PidTagHasAttachments, false).set(m.PidTagParentFolderId, this.folder.id);
    return number;
  }

  /** @param {Item} item @returns {Promise<Item>} */
  async #create(item) {
    const { mailbox, name, uri } = this.folder;
    const collection = collectionOf(this.#properties.get(m.PidTagMessageClass) ?? '');
    const id = await mailbox.api.createItem(collection, name, item);
    try {
      m.index.add(this.id, uri + leaf({ collection, id }));
    } catch (error) {
      await mailbox.api.deleteItem(collection, id);
      throw error;
    }
    return { ...(await mailbox.api.item(collection, id)), collection, id };
  }

  /** @param {Item} before @param {Item} item @param {boolean} force @returns {Promise<Item>} */
  async #update(before, item, force) {
    const { mailbox } = this.folder;
    const { api } = mailbox;
    const { collection, id } = before;
    const now = await api.item(collection, id).catch((error) => {
      throw error?.code === 'not-found' ? new m.MapiError('object-deleted', 'the message is gone') : error;
    });
    if (!force && !(await mailbox.isSame(before, { ...now, collection, id }))) throw new m.MapiError('object-modified', 'somebody else saved the message');
    const gone = namesOf(fromItem(before).tags()).filter((name) => !(name in item));
    await api.updateItem(collection, id, { ...item, ...Object.fromEntries(gone.map((name) => [name, null])) });
    return { ...(await api.item(collection, id)), collection, id };
  }

  #checkWritable() {
    if (!this.#writable) throw new m.MapiError('denied', 'the message was opened for reading');
  }
}
