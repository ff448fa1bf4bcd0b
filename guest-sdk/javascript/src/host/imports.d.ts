// What a component imports, for the type checker: `wit/` has their types, `host/component.js` and `http/component.js` alone use them.

declare module 'mapistore:backend/index@0.1.0';
declare module 'mapistore:backend/named-properties@0.1.0';
declare module 'mapistore:backend/notifications@0.1.0';
declare module 'wasi:http/outgoing-handler@0.2.0';
declare module 'wasi:http/types@0.2.0';
declare module 'wasi:keyvalue/atomics@0.2.0-draft2';
declare module 'wasi:keyvalue/batch@0.2.0-draft2';
declare module 'wasi:keyvalue/store@0.2.0-draft2';
declare module 'wasi:logging/logging@0.1.0-draft';
