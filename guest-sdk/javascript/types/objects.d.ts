/**
 * Does something with each of these objects, one after another; answers what became of each.
 *
 * @param {Fmid[]} ids
 * @param {(id: Fmid) => unknown} act A `MapiError` is the outcome of its object; all else that is thrown ends the call.
 * @returns {Promise<ItemOutcome[]>}
 */
export function outcomes(ids: Fmid[], act: (id: Fmid) => unknown): Promise<ItemOutcome[]>;
/** One root, opened for one user. It has a memory of its own: nothing is shared with another context. */
export class Context {
    /** The root folder. @param {Fid} id The root's FID. @returns {Answer<Folder>} */
    getRootFolder(id: Fid): Answer<Folder>;
    /**
     * Where each object is now: the URI without `namespace://`; a `MapiError` for one that is not there. What the index says, unless it is
     * overridden.
     *
     * @param {Fmid[]} ids
     * @returns {Answer<(string | MapiError)[]>}
     */
    getPaths(ids: Fmid[]): Answer<(string | MapiError)[]>;
    /** Shuts down in an orderly way, where that can fail. Nothing that was acknowledged may depend on it. @returns {Answer<void>} */
    close(): Answer<void>;
    /** The destructor. */
    [Symbol.dispose](): void;
}
/** A folder (MS-OXCFOLD). A change is durable when the call answers. */
export class Folder extends PropertyObject {
    /** Opens a direct sub-folder. @param {Fid} id @returns {Answer<Folder>} */
    openFolder(id: Fid): Answer<Folder>;
    /** Creates a direct sub-folder under an id that the host allocated. @param {Fid} id @param {Property[]} properties @returns {Answer<Folder>} */
    createFolder(id: Fid, properties: Property[]): Answer<Folder>;
    /** Deletes this folder. Without `recursive`, one that is not empty answers `exists`. @param {DeleteMode} mode @param {boolean} recursive @returns {Answer<void>} */
    delete(mode: DeleteMode, recursive: boolean): Answer<void>;
    /** Moves this folder below `target`, or makes it a root. @param {Folder | undefined} target @param {string} newName @returns {Answer<void>} */
    moveTo(target: Folder | undefined, newName: string): Answer<void>;
    /** Copies this folder below `target`. @param {Folder} target @param {boolean} recursive @param {string} newName @returns {Answer<void>} */
    copyTo(target: Folder, recursive: boolean, newName: string): Answer<void>;
    /** Opens a message. Opened without `readWrite`, all that changes it answers `denied`. @param {Mid} id @param {boolean} readWrite @returns {Answer<Message>} */
    openMessage(id: Mid, readWrite: boolean): Answer<Message>;
    /** A new message, unseen until it is saved. @param {Mid} id @param {boolean} associated @returns {Answer<Message>} */
    createMessage(id: Mid, associated: boolean): Answer<Message>;
    /** One outcome for each id. @param {Mid[]} ids @param {DeleteMode} mode @returns {Answer<ItemOutcome[]>} */
    deleteMessages(ids: Mid[], mode: DeleteMode): Answer<ItemOutcome[]>;
    /**
     * Moves or copies messages into this folder, perhaps from itself. One outcome for each item, under its source id.
     *
     * @param {TransferSource<Folder>} source
     * @param {TransferItem[]} items
     * @param {boolean} copy
     * @returns {Answer<ItemOutcome[]>}
     */
    moveCopyMessages(source: TransferSource<Folder>, items: TransferItem[], copy: boolean): Answer<ItemOutcome[]>;
    /** One outcome for each id. Opens each message and calls its `setReadFlag`, unless it is overridden. @param {Mid[]} ids @param {boolean} read @returns {Answer<ItemOutcome[]>} */
    setReadFlags(ids: Mid[], read: boolean): Answer<ItemOutcome[]>;
    /** How many rows the unrestricted table of this kind has: those of `openTable`, unless it is overridden. @param {TableKind} kind @returns {Answer<number>} */
    getChildCount(kind: TableKind): Answer<number>;
    /** Opens a table over a snapshot of the folder. `RowsTable` is a ready one. @param {TableKind} kind @returns {Answer<Table>} */
    openTable(kind: TableKind): Answer<Table>;
    /** What was deleted since a change number. Never an id that is live. @param {TableKind} kind @param {ChangeNumber} since @returns {Answer<DeletedSet>} */
    getDeleted(kind: TableKind, since: ChangeNumber): Answer<DeletedSet>;
    /** Who may do what. @returns {Answer<Permission[]>} */
    getPermissions(): Answer<Permission[]>;
    /** Changes who may do what. @param {PermissionOptions} options @param {PermissionChange[]} changes @returns {Answer<void>} */
    modifyPermissions(options: PermissionOptions, changes: PermissionChange[]): Answer<void>;
    /** A hint that these messages will be opened soon; an empty list ends it. Ignored by default. @param {TableKind} kind @param {Mid[]} ids @returns {Answer<void>} */
    preloadMessages(kind: TableKind, ids: Mid[]): Answer<void>;
}
/** A message (MS-OXCMSG). Changes are held until `save`. */
export class Message extends PropertyObject {
    /** What a client is told when it opens the message: from its properties and without recipients, unless it is overridden. @returns {Answer<MessageData>} */
    getData(): Answer<MessageData>;
    /** Replaces all recipients. @param {RecipientTable} recipients @returns {Answer<void>} */
    setRecipients(recipients: RecipientTable): Answer<void>;
    /** MSGFLAG_READ; durable when the call answers. @param {boolean} read @returns {Answer<void>} */
    setReadFlag(read: boolean): Answer<void>;
    /** Makes the message durable and visible; answers its new change number. @param {boolean} force @returns {Answer<ChangeNumber>} */
    save(force: boolean): Answer<ChangeNumber>;
    /** Sends the message. @param {SubmitMode} mode @returns {Answer<void>} */
    submit(mode: SubmitMode): Answer<void>;
    /** The numbers of the saved attachments. @returns {Answer<number[]>} */
    listAttachments(): Answer<number[]>;
    /** Opens an attachment. @param {number} num @param {boolean} readWrite @returns {Answer<Attachment>} */
    openAttachment(num: number, readWrite: boolean): Answer<Attachment>;
    /** A new attachment with its number, listed once it and then its message have been saved. @returns {Answer<[number, Attachment]>} */
    createAttachment(): Answer<[number, Attachment]>;
    /** Deletes an attachment. @param {number} num @returns {Answer<void>} */
    deleteAttachment(num: number): Answer<void>;
    /** Opens the table of attachments. @returns {Answer<Table>} */
    openAttachmentTable(): Answer<Table>;
}
/** An attachment (MS-OXCMSG 2.2.2). */
export class Attachment extends PropertyObject {
    /** Makes it part of the message as it is held; durable when the message is saved. @returns {Answer<void>} */
    save(): Answer<void>;
    /** The message in an attachment of method afEmbeddedMessage, with its id. @returns {Answer<[Mid, Message]>} */
    openEmbedded(): Answer<[Mid, Message]>;
    /** Makes this attachment an embedded message. @param {Mid} id @returns {Answer<Message>} */
    createEmbedded(id: Mid): Answer<Message>;
}
/** A table (MS-OXCTABL). Row numbers count from 0 in the restricted and sorted view. */
export class Table {
    /** Every column that the table has. @returns {Answer<PropertyTag[]>} */
    availableColumns(): Answer<PropertyTag[]>;
    /** Chooses the columns. Until then `queryRows` and `findRow` answer `not-initialized`. @param {PropertyTag[]} columns @returns {Answer<void>} */
    setColumns(columns: PropertyTag[]): Answer<void>;
    /** Shows only the rows that satisfy it. `too-complex`, the default, makes the host filter. @param {Restriction | undefined} restriction @returns {Answer<void>} */
    setRestriction(restriction: Restriction | undefined): Answer<void>;
    /** Orders the rows. `too-complex`, the default, makes the host sort. @param {SortOrder | undefined} order @returns {Answer<void>} */
    setSortOrder(order: SortOrder | undefined): Answer<void>;
    /** How many rows the view has. @returns {Answer<number>} */
    rowCount(): Answer<number>;
    /** Up to `count` rows from `start`. @param {number} start @param {number} count @returns {Answer<RowBatch>} */
    queryRows(start: number, count: number): Answer<RowBatch>;
    /** The first row from `start` that satisfies the restriction. @param {number} start @param {Direction} direction @param {Restriction} restriction @returns {Answer<FoundRow | undefined>} */
    findRow(start: number, direction: Direction, restriction: Restriction): Answer<FoundRow | undefined>;
    /** Looks at the folder again. Columns, restriction and sort order stay. @returns {Answer<void>} */
    refresh(): Answer<void>;
    /** The destructor. */
    [Symbol.dispose](): void;
}
/** Random access to one large property. `BytesStream` is a ready one. */
export class PropertyStream {
    /** Size in bytes. @returns {Answer<number | bigint>} */
    size(): Answer<number | bigint>;
    /** Up to `length` bytes from `offset`; fewer only at the end. @param {bigint} offset @param {number} length @returns {Answer<Uint8Array>} */
    read(offset: bigint, length: number): Answer<Uint8Array>;
    /** Writes all of `data` at `offset`; a gap before it is filled with zeros. @param {bigint} offset @param {Uint8Array} data @returns {Answer<void>} */
    write(offset: bigint, data: Uint8Array): Answer<void>;
    /** Cuts off or fills with zeros. @param {bigint} size @returns {Answer<void>} */
    setSize(size: bigint): Answer<void>;
    /** Puts what was written into the object. @returns {Answer<void>} */
    commit(): Answer<void>;
    /** The destructor. */
    [Symbol.dispose](): void;
}
/**
 * A value, or the promise of one.
 */
export type Answer<T> = T | Promise<T>;
import type { Fmid } from './contract.js';
import type { ItemOutcome } from './contract.js';
import type { Fid } from './contract.js';
import { MapiError } from './error.js';
/** What folders, messages and attachments have in common (MS-OXCPRPT). */
declare class PropertyObject {
    /** All properties that it has now. What answers `listProperties` and `getProperties`, unless they are overridden. @returns {Answer<Properties>} */
    properties(): Answer<Properties>;
    /** The tags that `getProperties` can answer now. @returns {Answer<PropertyTag[]>} */
    listProperties(): Answer<PropertyTag[]>;
    /**
     * One cell for each tag, in their order; or a bag, of which the cells are taken.
     *
     * @param {PropertyTag[]} tags
     * @returns {Answer<Properties | Cell[]>}
     */
    getProperties(tags: PropertyTag[]): Answer<Properties | Cell[]>;
    /**
     * Sets properties; answers those that could not be set.
     *
     * @param {Property[]} values
     * @returns {Answer<PropertyProblem[]>}
     */
    setProperties(values: Property[]): Answer<PropertyProblem[]>;
    /** Removes properties; one that is not there is no problem. @param {PropertyTag[]} tags @returns {Answer<PropertyProblem[]>} */
    removeProperties(tags: PropertyTag[]): Answer<PropertyProblem[]>;
    /** Opens one large property. @param {PropertyTag} tag @param {StreamAccess} access @returns {Answer<PropertyStream>} */
    openStream(tag: PropertyTag, access: StreamAccess): Answer<PropertyStream>;
    /** The destructor. */
    [Symbol.dispose](): void;
    #private;
}
import type { Property } from './contract.js';
import type { DeleteMode } from './contract.js';
import type { Mid } from './contract.js';
import type { TransferSource } from './contract.js';
import type { TransferItem } from './contract.js';
import type { TableKind } from './contract.js';
import type { ChangeNumber } from './contract.js';
import type { DeletedSet } from './contract.js';
import type { Permission } from './contract.js';
import type { PermissionOptions } from './contract.js';
import type { PermissionChange } from './contract.js';
import type { MessageData } from './contract.js';
import type { RecipientTable } from './contract.js';
import type { SubmitMode } from './contract.js';
import type { PropertyTag } from './contract.js';
import type { Restriction } from './contract.js';
import type { SortOrder } from './contract.js';
import type { RowBatch } from './contract.js';
import type { Direction } from './contract.js';
import type { FoundRow } from './contract.js';
import type { Properties } from './properties.js';
import type { Cell } from './contract.js';
import type { PropertyProblem } from './contract.js';
import type { StreamAccess } from './contract.js';
export {};
