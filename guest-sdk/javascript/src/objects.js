// The objects of a mailbox (`wit/objects.wit`). A backend extends the classes that it has objects of, and overrides what it can do; all else
// answers `not-implemented`. Every method may be `async`, and every object may have a destructor, `[Symbol.dispose]()`, which runs when
// the host drops it, children before their parents.

/**
 * @import {
 *   Cell, ChangeNumber, DeletedSet, DeleteMode, Direction, Fid, Fmid, FoundRow, IndexEntry, ItemOutcome, MessageData, Mid, Permission, PermissionChange,
 *   PermissionOptions, Property, PropertyProblem, PropertyTag, RecipientTable, Restriction, RowBatch, SortOrder, StreamAccess, SubmitMode,
 *   TableKind, TransferItem, TransferSource
 * } from './contract.js'
 * @import { Properties } from './properties.js'
 */

import { MapiError } from './error.js';
import { index } from './host.js';
import { PidTagNormalizedSubject, PidTagSubject, PidTagSubjectPrefix } from './tags.js';

/**
 * @template T
 * @typedef {T | Promise<T>} Answer A value, or the promise of one.
 */

/** @param {string} what @returns {never} */
function notImplemented(what) {
  throw MapiError.notImplemented(what);
}

/**
 * What is made of an answer, at once or later.
 *
 * @template T, U
 * @param {Answer<T>} answer
 * @param {(value: T) => Answer<U>} make
 * @returns {Answer<U>}
 */
function then(answer, make) {
  return answer instanceof Promise ? answer.then(make) : make(answer);
}

/** @param {unknown} value */
const textOf = (value) => (typeof value === 'string' ? value : undefined);

/**
 * Does something with each of these objects, one after another; answers what became of each.
 *
 * @param {Fmid[]} ids
 * @param {(id: Fmid) => unknown} act A `MapiError` is the outcome of its object; all else that is thrown ends the call.
 * @returns {Promise<ItemOutcome[]>}
 */
export async function outcomes(ids, act) {
  /** @type {ItemOutcome[]} */
  const done = [];
  for (const id of ids) {
    try {
      await act(id);
      done.push({ id });
    } catch (error) {
      if (!(error instanceof MapiError)) throw error;
      done.push({ id, code: error.code });
    }
  }
  return done;
}

/** One root, opened for one user. It has a memory of its own: nothing is shared with another context. */
export class Context {
  /** The root folder. @param {Fid} id The root's FID. @returns {Answer<Folder>} */
  getRootFolder(id) {
    return notImplemented('context.get-root-folder');
  }

  /**
   * Where each object is now: the URI without `namespace://`; a `MapiError` for one that is not there. What the index says, unless it is
   * overridden.
   *
   * @param {Fmid[]} ids
   * @returns {Answer<(string | MapiError)[]>}
   */
  getPaths(ids) {
    const path = (/** @type {IndexEntry | undefined} */ entry) =>
      entry && !entry.softDeleted ? entry.uri.replace(/^[^:]*:\/\//, '') : new MapiError('not-found');
    return index.getUris(ids).map(path);
  }

  /** Shuts down in an orderly way, where that can fail. Nothing that was acknowledged may depend on it. @returns {Answer<void>} */
  close() {}

  /** The destructor. */
  [Symbol.dispose]() {}
}

/** What folders, messages and attachments have in common (MS-OXCPRPT). */
class PropertyObject {
  /** @returns {string} */
  get #kind() {
    if (this instanceof Folder) return 'folder';
    return this instanceof Message ? 'message' : 'attachment';
  }

  /** All properties that it has now. What answers `listProperties` and `getProperties`, unless they are overridden. @returns {Answer<Properties>} */
  properties() {
    return notImplemented(`${this.#kind}.get-properties`);
  }

  /** The tags that `getProperties` can answer now. @returns {Answer<PropertyTag[]>} */
  listProperties() {
    return then(this.properties(), (properties) => properties.tags());
  }

  /**
   * One cell for each tag, in their order; or a bag, of which the cells are taken.
   *
   * @param {PropertyTag[]} tags
   * @returns {Answer<Properties | Cell[]>}
   */
  getProperties(tags) {
    return this.properties();
  }

  /**
   * Sets properties; answers those that could not be set.
   *
   * @param {Property[]} values
   * @returns {Answer<PropertyProblem[]>}
   */
  setProperties(values) {
    return notImplemented(`${this.#kind}.set-properties`);
  }

  /** Removes properties; one that is not there is no problem. @param {PropertyTag[]} tags @returns {Answer<PropertyProblem[]>} */
  removeProperties(tags) {
    return notImplemented(`${this.#kind}.remove-properties`);
  }

  /** Opens one large property. @param {PropertyTag} tag @param {StreamAccess} access @returns {Answer<PropertyStream>} */
  openStream(tag, access) {
    return notImplemented(`${this.#kind}.open-stream`);
  }

  /** The destructor. */
  [Symbol.dispose]() {}
}

/** A folder (MS-OXCFOLD). A change is durable when the call answers. */
export class Folder extends PropertyObject {
  /** Opens a direct sub-folder. @param {Fid} id @returns {Answer<Folder>} */
  openFolder(id) {
    return notImplemented('folder.open-folder');
  }

  /** Creates a direct sub-folder under an id that the host allocated. @param {Fid} id @param {Property[]} properties @returns {Answer<Folder>} */
  createFolder(id, properties) {
    return notImplemented('folder.create-folder');
  }

  /** Deletes this folder. Without `recursive`, one that is not empty answers `exists`. @param {DeleteMode} mode @param {boolean} recursive @returns {Answer<void>} */
  delete(mode, recursive) {
    return notImplemented('folder.delete');
  }

  /** Moves this folder below `target`, or makes it a root. @param {Folder | undefined} target @param {string} newName @returns {Answer<void>} */
  moveTo(target, newName) {
    return notImplemented('folder.move-to');
  }

  /** Copies this folder below `target`. @param {Folder} target @param {boolean} recursive @param {string} newName @returns {Answer<void>} */
  copyTo(target, recursive, newName) {
    return notImplemented('folder.copy-to');
  }

  /** Opens a message. Opened without `readWrite`, all that changes it answers `denied`. @param {Mid} id @param {boolean} readWrite @returns {Answer<Message>} */
  openMessage(id, readWrite) {
    return notImplemented('folder.open-message');
  }

  /** A new message, unseen until it is saved. @param {Mid} id @param {boolean} associated @returns {Answer<Message>} */
  createMessage(id, associated) {
    return notImplemented('folder.create-message');
  }

  /** One outcome for each id. @param {Mid[]} ids @param {DeleteMode} mode @returns {Answer<ItemOutcome[]>} */
  deleteMessages(ids, mode) {
    return notImplemented('folder.delete-messages');
  }

  /**
   * Moves or copies messages into this folder, perhaps from itself. One outcome for each item, under its source id.
   *
   * @param {TransferSource<Folder>} source
   * @param {TransferItem[]} items
   * @param {boolean} copy
   * @returns {Answer<ItemOutcome[]>}
   */
  moveCopyMessages(source, items, copy) {
    return notImplemented('folder.move-copy-messages');
  }

  /** One outcome for each id. Opens each message and calls its `setReadFlag`, unless it is overridden. @param {Mid[]} ids @param {boolean} read @returns {Answer<ItemOutcome[]>} */
  setReadFlags(ids, read) {
    return outcomes(ids, async (id) => {
      const message = await this.openMessage(id, true);
      try {
        await message.setReadFlag(read);
      } finally {
        message[Symbol.dispose]();
      }
    });
  }

  /** How many rows the unrestricted table of this kind has: those of `openTable`, unless it is overridden. @param {TableKind} kind @returns {Answer<number>} */
  getChildCount(kind) {
    return then(this.openTable(kind), (table) =>
      then(table.rowCount(), (rows) => {
        table[Symbol.dispose]();
        return rows;
      }),
    );
  }

  /** Opens a table over a snapshot of the folder. `RowsTable` is a ready one. @param {TableKind} kind @returns {Answer<Table>} */
  openTable(kind) {
    return notImplemented('folder.open-table');
  }

  /** What was deleted since a change number. Never an id that is live. @param {TableKind} kind @param {ChangeNumber} since @returns {Answer<DeletedSet>} */
  getDeleted(kind, since) {
    return notImplemented('folder.get-deleted');
  }

  /** Who may do what. @returns {Answer<Permission[]>} */
  getPermissions() {
    return notImplemented('folder.get-permissions');
  }

  /** Changes who may do what. @param {PermissionOptions} options @param {PermissionChange[]} changes @returns {Answer<void>} */
  modifyPermissions(options, changes) {
    return notImplemented('folder.modify-permissions');
  }

  /** A hint that these messages will be opened soon; an empty list ends it. Ignored by default. @param {TableKind} kind @param {Mid[]} ids @returns {Answer<void>} */
  preloadMessages(kind, ids) {}
}

/** A message (MS-OXCMSG). Changes are held until `save`. */
export class Message extends PropertyObject {
  /** What a client is told when it opens the message: from its properties and without recipients, unless it is overridden. @returns {Answer<MessageData>} */
  getData() {
    return then(this.properties(), (properties) => {
      const text = (/** @type {PropertyTag} */ tag) => textOf(properties.get(tag));
      return { subjectPrefix: text(PidTagSubjectPrefix), normalizedSubject: text(PidTagNormalizedSubject) ?? text(PidTagSubject) };
    });
  }

  /** Replaces all recipients. @param {RecipientTable} recipients @returns {Answer<void>} */
  setRecipients(recipients) {
    return notImplemented('message.set-recipients');
  }

  /** MSGFLAG_READ; durable when the call answers. @param {boolean} read @returns {Answer<void>} */
  setReadFlag(read) {
    return notImplemented('message.set-read-flag');
  }

  /** Makes the message durable and visible; answers its new change number. @param {boolean} force @returns {Answer<ChangeNumber>} */
  save(force) {
    return notImplemented('message.save');
  }

  /** Sends the message. @param {SubmitMode} mode @returns {Answer<void>} */
  submit(mode) {
    return notImplemented('message.submit');
  }

  /** The numbers of the saved attachments. @returns {Answer<number[]>} */
  listAttachments() {
    return notImplemented('message.list-attachments');
  }

  /** Opens an attachment. @param {number} num @param {boolean} readWrite @returns {Answer<Attachment>} */
  openAttachment(num, readWrite) {
    return notImplemented('message.open-attachment');
  }

  /** A new attachment with its number, listed once it and then its message have been saved. @returns {Answer<[number, Attachment]>} */
  createAttachment() {
    return notImplemented('message.create-attachment');
  }

  /** Deletes an attachment. @param {number} num @returns {Answer<void>} */
  deleteAttachment(num) {
    return notImplemented('message.delete-attachment');
  }

  /** Opens the table of attachments. @returns {Answer<Table>} */
  openAttachmentTable() {
    return notImplemented('message.open-attachment-table');
  }
}

/** An attachment (MS-OXCMSG 2.2.2). */
export class Attachment extends PropertyObject {
  /** Makes it part of the message as it is held; durable when the message is saved. @returns {Answer<void>} */
  save() {
    return notImplemented('attachment.save');
  }

  /** The message in an attachment of method afEmbeddedMessage, with its id. @returns {Answer<[Mid, Message]>} */
  openEmbedded() {
    return notImplemented('attachment.open-embedded');
  }

  /** Makes this attachment an embedded message. @param {Mid} id @returns {Answer<Message>} */
  createEmbedded(id) {
    return notImplemented('attachment.create-embedded');
  }
}

/** A table (MS-OXCTABL). Row numbers count from 0 in the restricted and sorted view. */
export class Table {
  /** Every column that the table has. @returns {Answer<PropertyTag[]>} */
  availableColumns() {
    return notImplemented('table.available-columns');
  }

  /** Chooses the columns. Until then `queryRows` and `findRow` answer `not-initialized`. @param {PropertyTag[]} columns @returns {Answer<void>} */
  setColumns(columns) {
    return notImplemented('table.set-columns');
  }

  /** Shows only the rows that satisfy it. `too-complex`, the default, makes the host filter. @param {Restriction | undefined} restriction @returns {Answer<void>} */
  setRestriction(restriction) {
    if (restriction) throw new MapiError('too-complex', 'this table has its natural view only');
  }

  /** Orders the rows. `too-complex`, the default, makes the host sort. @param {SortOrder | undefined} order @returns {Answer<void>} */
  setSortOrder(order) {
    if (order) throw new MapiError('too-complex', 'this table has its natural view only');
  }

  /** How many rows the view has. @returns {Answer<number>} */
  rowCount() {
    return notImplemented('table.row-count');
  }

  /** Up to `count` rows from `start`. @param {number} start @param {number} count @returns {Answer<RowBatch>} */
  queryRows(start, count) {
    return notImplemented('table.query-rows');
  }

  /** The first row from `start` that satisfies the restriction. @param {number} start @param {Direction} direction @param {Restriction} restriction @returns {Answer<FoundRow | undefined>} */
  findRow(start, direction, restriction) {
    return notImplemented('table.find-row');
  }

  /** Looks at the folder again. Columns, restriction and sort order stay. @returns {Answer<void>} */
  refresh() {
    return notImplemented('table.refresh');
  }

  /** The destructor. */
  [Symbol.dispose]() {}
}

/** Random access to one large property. `BytesStream` is a ready one. */
export class PropertyStream {
  /** Size in bytes. @returns {Answer<number | bigint>} */
  size() {
    return notImplemented('property-stream.size');
  }

  /** Up to `length` bytes from `offset`; fewer only at the end. @param {bigint} offset @param {number} length @returns {Answer<Uint8Array>} */
  read(offset, length) {
    return notImplemented('property-stream.read');
  }

  /** Writes all of `data` at `offset`; a gap before it is filled with zeros. @param {bigint} offset @param {Uint8Array} data @returns {Answer<void>} */
  write(offset, data) {
    return notImplemented('property-stream.write');
  }

  /** Cuts off or fills with zeros. @param {bigint} size @returns {Answer<void>} */
  setSize(size) {
    return notImplemented('property-stream.set-size');
  }

  /** Puts what was written into the object. @returns {Answer<void>} */
  commit() {
    return notImplemented('property-stream.commit');
  }

  /** The destructor. */
  [Symbol.dispose]() {}
}
