// Between the interfaces that the component exports and the objects that authors write. Knows no backend. What an author's method answers
// is checked here, since a value of the wrong shape would end the whole context further down.

/** @import { BackendInfo, Capability } from './contract.js' */

import { Backend } from './backend.js';
import { isBytes, own } from './bytes.js';
import { MapiError } from './error.js';
import { log } from './host.js';
import { Attachment, Context, Folder, Message, PropertyStream, Table } from './objects.js';
import { Properties } from './properties.js';
import { INLINE_LIMIT, fromWire, toWire } from './value.js';

/** @type {Capability[]} */
const CAPABILITIES = [
  'create-root', 'folders', 'move-folder', 'copy-folder', 'associated', 'soft-delete', 'deleted-ids', 'permissions', 'submit',
  'attachments', 'embedded-messages', 'streams', 'restrictions', 'sorting', 'find-row', 'preload', 'cross-context-move', 'generate-uri',
  'write-messages',
];

/** Deferral is the backend's own, by what it says in `describe`. */
let inlineLimit = INLINE_LIMIT;

// ------------------------------------------------------------------ answers

/** What a wrong answer is told. @param {unknown} value @param {string} wanted @returns {never} */
function wrong(value, wanted) {
  throw new TypeError(`answered \`${typeof value === 'object' ? Object.prototype.toString.call(value) : String(value)}\`, and has to answer ${wanted}`);
}

/** @param {any} value */
const nothing = (value) => (value === undefined || value === null ? undefined : wrong(value, 'nothing'));
/** @param {any} value */
const string = (value) => (typeof value === 'string' ? value : wrong(value, 'a text'));
/** @param {any} value */
const optionalString = (value) => (value == null ? undefined : string(value));
/** @param {any} value */
const u32 = (value) => (Number.isInteger(value) && value >= 0 && value <= 0xFFFF_FFFF ? value : wrong(value, 'a number of 32 bits'));
/** @param {any} value */
const boolean = (value) => (typeof value === 'boolean' ? value : wrong(value, '`true` or `false`'));
/** @param {any} value */
const bytes = (value) => (isBytes(value) ? value : wrong(value, 'bytes'));
/** @param {any} value */
function u64(value) {
  const big = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof big === 'bigint' && big >= 0n && big <= 0xFFFF_FFFF_FFFF_FFFFn ? big : wrong(value, 'a number of 64 bits');
}
/** @template T @param {(item: any) => T} one @returns {(value: any) => T[]} */
const list = (one) => (value) => {
  if (value == null || typeof value === 'string' || typeof value[Symbol.iterator] !== 'function') wrong(value, 'a list');
  return Array.from(value, one);
};
/** @param {any} value */
const code = (value) => (value instanceof MapiError ? value.code : new MapiError(value).code);

/** @param {any} value @param {number[]} tags */
function cells(value, tags) {
  const answered = value instanceof Properties ? value.cells(tags, inlineLimit) : list((cell) => cell)(value);
  if (answered.length !== tags.length) wrong(`${answered.length} cells`, `${tags.length}, one for each tag`);
  answered.forEach(checkCell);
  return answered;
}

/** @param {any} cell */
function checkCell(cell) {
  if (cell?.tag === 'ok' ? typeof cell.val?.tag !== 'string' : cell?.tag !== 'err') wrong(cell, 'cells: take `Properties.cells` or `cell`');
}

/** @param {any} value */
function rows(value) {
  const batch = { rowCount: u32(value?.rowCount), cells: list((cell) => cell)(value.cells), atEnd: boolean(value.atEnd) };
  batch.cells.forEach(checkCell);
  return batch;
}

/** @param {any} value */
const foundRow = (value) => (value == null ? undefined : { index: u32(value.index), cells: list((cell) => cell)(value.cells) });

const problems = list((problem) => ({ tag: u32(problem?.tag), code: code(problem.code) }));
const outcomes = list((item) => ({
  id: u64(item?.id),
  outcome: item.code === undefined ? { tag: 'ok', val: undefined } : { tag: 'err', val: code(item.code) },
}));
const paths = list((path) => (path instanceof MapiError ? { tag: 'err', val: path.code } : { tag: 'ok', val: string(path) }));
/** @param {any} value */
const deletedSet = (value) => ({ ids: list(u64)(value?.ids), upto: u64(value.upto) });
const permissions = list((permission) => ({
  member: permission?.member ?? wrong(permission, 'permissions'), name: optionalString(permission.name), rights: u32(permission.rights),
}));

/** @param {any} value */
function messageData(value) {
  const { columns, rows } = value?.recipients ?? { columns: [], rows: [] };
  const row = (/** @type {any} */ recipient) => ({
    kind: string(recipient?.kind),
    username: optionalString(recipient.username),
    cells: columns.map((/** @type {number} */ tag, /** @type {number} */ at) => (recipient.cells[at] == null ? undefined : toWire(tag, recipient.cells[at]))),
  });
  return {
    subjectPrefix: optionalString(value?.subjectPrefix),
    normalizedSubject: optionalString(value?.normalizedSubject),
    recipients: { columns: list(u32)(columns), rows: list(row)(rows) },
  };
}

// ---------------------------------------------------------------- arguments

/** @template T @param {ArrayLike<T>} value @returns {T[]} */
const array = (value) => Array.from(value);
/** @param {any} value */
const optional = (value) => value ?? undefined;
/** @param {any[]} values */
const properties = (values) => values.map(({ tag, value }) => ({ tag, value: fromWire(value) }));
/** @param {any} handle */
const lent = (handle) => handle?.object;
/** @param {any} source */
const transferSource = ({ tag, val }) => (tag === 'uri' ? { uri: val } : { folder: lent(val) });
/** @param {any[]} items */
const transferItems = (items) => items.map(({ source, target, keys }) => ({ source, target, keys: keys ? importKeys(keys) : undefined }));
/** @param {any} keys */
const importKeys = ({ changeKey, predecessors }) => ({ changeKey: own(changeKey), predecessors: own(predecessors) });
/** @param {any} table */
const recipientTable = ({ columns, rows }) => ({
  columns: array(columns),
  rows: rows.map((/** @type {any} */ { kind, username, cells }) => ({
    kind, username: optional(username), cells: cells.map((/** @type {any} */ value) => (value == null ? undefined : fromWire(value))),
  })),
});

// ------------------------------------------------------------------- errors

/**
 * Calls an author's method with what `take` makes of the arguments, and answers what `give` makes of its answer. Whatever is thrown is an
 * error of the contract, but for the engine's being out of memory.
 *
 * @param {string} name
 * @param {((argument: any) => any)[]} take
 * @param {any[]} args
 * @param {(...given: any[]) => any} call
 * @param {(value: any, ...given: any[]) => any} give
 */
async function answer(name, take, args, call, give) {
  try {
    const given = args.map((argument, at) => (take[at] ? take[at](argument) : argument));
    return give(await call(...given), ...given);
  } catch (error) {
    // What the engine throws when an allocation fails is this text, and no object. An engine without memory cannot be trusted to go on; and
    // what is thrown without a payload is a trap, for which the host names the limit.
    if (error === 'out of memory') throw error;
    const { code, detail } = error instanceof MapiError ? error : unexpected(name, error);
    // What has a payload is an error of the contract, for the code that the componentizer generates.
    throw { payload: { code, detail } };
  }
}

/** An exception that nobody meant as an answer: its stack is for the log. @param {string} name @param {any} error */
function unexpected(name, error) {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  try {
    log.error(`\`${name}\` threw ${message}\n${error?.stack ?? ''}`.trimEnd(), 'exception');
  } catch {
    // There is an answer without the line.
  }
  return new MapiError('failed', message.slice(0, 1000));
}

// ------------------------------------------------------------------ handles

/** What the host holds: one for each object, and its destructor. */
class Handle {
  /** @param {any} object */
  constructor(object) {
    this.object = object;
  }

  [Symbol.dispose]() {
    const { object } = this;
    this.object = undefined;
    try {
      object?.[Symbol.dispose]?.();
    } catch (error) {
      unexpected('destructor', error);
    }
  }
}

/**
 * The class of the handles of one kind of object.
 *
 * @param {string} kind
 * @param {Record<string, { take?: ((argument: any) => any)[], give: (value: any, ...args: any[]) => any }>} methods For each method, what is
 *   made of its arguments and of its answer.
 */
function handles(kind, methods) {
  class ObjectHandle extends Handle {}
  for (const [method, { take = [], give }] of Object.entries(methods)) {
    const name = `${kind}.${method.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    Object.defineProperty(ObjectHandle.prototype, method, {
      value(/** @type {any[]} */ ...args) {
        return answer(name, take, args, (...given) => this.object[method](...given), give);
      },
    });
  }
  return ObjectHandle;
}

/** @param {() => any} handle @param {any} type */
const handle = (handle, type) => (/** @type {any} */ object) =>
  object instanceof type ? new (handle())(object) : wrong(object, `an object of a class that extends \`${type.name}\``);

const folder = handle(() => FolderHandle, Folder);
const message = handle(() => MessageHandle, Message);
const attachment = handle(() => AttachmentHandle, Attachment);
const table = handle(() => TableHandle, Table);
const stream = handle(() => PropertyStreamHandle, PropertyStream);
/** @param {(value: any) => any} first @param {(value: any) => any} second */
const pair = (first, second) => (/** @type {any} */ value) => (Array.isArray(value) ? [first(value[0]), second(value[1])] : wrong(value, 'a pair'));

const propertyMethods = {
  listProperties: { give: list(u32) },
  getProperties: { take: [array], give: cells },
  setProperties: { take: [properties], give: problems },
  removeProperties: { take: [array], give: problems },
  openStream: { give: stream },
};

const FolderHandle = handles('folder', {
  ...propertyMethods,
  openFolder: { give: folder },
  createFolder: { take: [optional, properties], give: folder },
  delete: { give: nothing },
  moveTo: { take: [lent], give: nothing },
  copyTo: { take: [lent], give: nothing },
  openMessage: { give: message },
  createMessage: { give: message },
  deleteMessages: { take: [array], give: outcomes },
  moveCopyMessages: { take: [transferSource, transferItems], give: outcomes },
  setReadFlags: { take: [array], give: outcomes },
  getChildCount: { give: u32 },
  openTable: { give: table },
  getDeleted: { give: deletedSet },
  getPermissions: { give: permissions },
  modifyPermissions: { give: nothing },
  preloadMessages: { take: [optional, array], give: nothing },
});

const MessageHandle = handles('message', {
  ...propertyMethods,
  getData: { give: messageData },
  setRecipients: { take: [recipientTable], give: nothing },
  setReadFlag: { give: nothing },
  save: { give: u64 },
  submit: { give: nothing },
  listAttachments: { give: list(u32) },
  openAttachment: { give: attachment },
  createAttachment: { give: pair(u32, attachment) },
  deleteAttachment: { give: nothing },
  openAttachmentTable: { give: table },
});

const AttachmentHandle = handles('attachment', {
  ...propertyMethods,
  save: { give: nothing },
  openEmbedded: { give: pair(u64, message) },
  createEmbedded: { give: message },
});

const TableHandle = handles('table', {
  availableColumns: { give: list(u32) },
  setColumns: { take: [array], give: nothing },
  setRestriction: { take: [optional], give: nothing },
  setSortOrder: { take: [optional], give: nothing },
  rowCount: { give: u32 },
  queryRows: { give: rows },
  findRow: { give: foundRow },
  refresh: { give: nothing },
});

const PropertyStreamHandle = handles('property-stream', {
  size: { give: u64 },
  read: { give: bytes },
  write: { take: [optional, own], give: nothing },
  setSize: { give: nothing },
  commit: { give: nothing },
});

class ContextHandle extends handles('context', {
  getRootFolder: { give: folder },
  getPaths: { take: [array], give: paths },
}) {
  /** The host gives the handle back with this call. @param {ContextHandle} context */
  static async close(context) {
    try {
      await answer('context.close', [], [], () => context.object.close(), nothing);
    } finally {
      context[Symbol.dispose]();
    }
  }
}

// ----------------------------------------------------------------- provider

/** @param {BackendInfo} info */
function backendInfo(info) {
  const { name, description, version, namespace = name, capabilities = [], inlineLimit: limit = INLINE_LIMIT } = info;
  const unknown = capabilities.find((capability) => !CAPABILITIES.includes(capability));
  if (unknown) throw new TypeError(`\`${unknown}\` is no capability; there are ${CAPABILITIES.map((known) => `\`${known}\``).join(', ')}`);
  const camel = (/** @type {string} */ text) => text.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  return {
    name: string(name), description: string(description), namespace: string(namespace), version: string(version), inlineLimit: u32(limit),
    capabilities: Object.fromEntries(capabilities.map((capability) => [camel(capability), true])),
  };
}

const contextEntries = list((entry) => ({
  url: string(entry?.url), name: string(entry.name), mainFolder: boolean(entry.mainFolder ?? true), role: string(entry.role),
  tag: optionalString(entry.tag),
}));
const context = handle(() => ContextHandle, Context);

/**
 * The two interfaces of the world `backend`, over a backend. `mapistore build` writes the module that exports them; tests may call them as
 * the host does.
 *
 * @param {new () => Backend} Type
 */
export function expose(Type) {
  const backend = new Type();
  if (!(backend instanceof Backend)) throw new TypeError('the default export of a backend is a class that extends `Backend`');
  inlineLimit = backend.describe().inlineLimit ?? INLINE_LIMIT;
  /** @param {'init' | 'listContexts' | 'createContext' | 'createRootFolder' | 'generateUri'} method @param {(value: any) => any} give @param {((argument: any) => any)[]} [take] */
  const provides = (method, give, take = []) => (/** @type {any[]} */ ...args) => {
    const name = `provider.${method.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return answer(name, take, args, (...given) => /** @type {any} */ (backend)[method](...given), give);
  };
  return {
    provider: {
      describe: () => backendInfo(backend.describe()),
      init: provides('init', nothing, [(config) => new Map(config)]),
      listContexts: provides('listContexts', contextEntries),
      createContext: provides('createContext', context),
      createRootFolder: provides('createRootFolder', optionalString),
      generateUri: provides('generateUri', string),
    },
    objects: {
      Context: ContextHandle, Folder: FolderHandle, Message: MessageHandle, Attachment: AttachmentHandle, Table: TableHandle,
      PropertyStream: PropertyStreamHandle,
    },
  };
}
