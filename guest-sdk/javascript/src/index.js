// Write MAPIStore storage backends in JavaScript: README.md.

export * from './contract.js';
export { Attachment, Context, Folder, Message, PropertyStream, Table, outcomes } from './objects.js';
export { Backend } from './backend.js';
export { BytesStream } from './bytes-stream.js';
export { ERROR_CODES, MapiError } from './error.js';
export { Properties } from './properties.js';
export { RowsTable } from './rows-table.js';
export { Bucket, index, log, namedProperties, notifications } from './host.js';
export { fromGlobcnt, globcnt, predecessors, xid } from './change-key.js';
export {
  INLINE_LIMIT, NOT_FOUND, cell, dateFromFiletime, filetime, fromStream, fromWire, problem, propertyId, propertyTag, propertyType, string8,
  textFromString8, textFromUtf16le, toStream, toWire, utf16le, withType,
} from './value.js';
export * from './tags.js';
