// The types of the contract (`wit/types.wit`, `objects.wit`, `provider.wit`) as an editor shows them. 64-bit numbers are `bigint`, bytes
// `Uint8Array`; what the contract calls none is `undefined` here, and `null` is taken for it as well.

/** @typedef {bigint} Fmid A folder or message identifier (MS-OXCDATA 2.2.1). Opaque; 0 is never valid. */
/** @typedef {Fmid} Fid A folder identifier. */
/** @typedef {Fmid} Mid A message identifier. */
/** @typedef {bigint} ChangeNumber A change number (MS-OXCFXICS 2.2.2.1), encoded like an id: never compare two raw values. */
/** @typedef {number} PropertyTag Property id in the high 16 bits, property type in the low 16 (MS-OXCDATA 2.9). */
/** @typedef {{ hi: bigint, lo: bigint }} Guid A GUID as the 128-bit number that its text form shows. */

/**
 * @typedef {'failed' | 'no-memory' | 'not-initialized' | 'corrupted' | 'invalid-parameter' | 'storage' | 'backend-init'
 *   | 'invalid-namespace' | 'invalid-uri' | 'not-found' | 'in-use' | 'exists' | 'invalid-data' | 'transport' | 'denied'
 *   | 'connection-refused' | 'not-available' | 'not-implemented' | 'object-modified' | 'object-deleted' | 'too-complex'
 *   | 'too-big' | 'quota-exceeded' | 'cancelled'} ErrorCode Why a call failed (`wit/types.wit` says what each means).
 */

/**
 * @typedef {'null' | 'integer16' | 'integer32' | 'floating32' | 'floating64' | 'currency' | 'floating-time' | 'error-code'
 *   | 'boolean' | 'integer64' | 'string8' | 'text' | 'time' | 'guid' | 'binary' | 'server-id' | 'restriction-blob'
 *   | 'rule-actions' | 'object' | 'deferred' | 'multiple-integer16' | 'multiple-integer32' | 'multiple-floating32'
 *   | 'multiple-floating64' | 'multiple-currency' | 'multiple-floating-time' | 'multiple-integer64' | 'multiple-string8'
 *   | 'multiple-text' | 'multiple-time' | 'multiple-guid' | 'multiple-binary'} ValueKind The case of a property value.
 */

/** @typedef {{ tag: ValueKind, val?: any }} WireValue A property value as it crosses the boundary. */

/**
 * @typedef {string | number | bigint | boolean | Date | Uint8Array | Guid | null | string[] | number[] | bigint[] | Uint8Array[]
 *   | Guid[]} Value A property's value as its tag's type has it: `string` for PtypString, `number` for 16 and 32 bits and floating
 *   point, `bigint` for PtypInteger64, PtypCurrency and PtypTime (FILETIME; a `Date` is taken for one), `boolean`, `Uint8Array` for
 *   PtypString8 and binary types, an array for types of multiple values.
 */

/** @typedef {{ tag: PropertyTag, value: Value }} Property A tag with its value. */
/** @typedef {{ tag: 'ok', val: WireValue } | { tag: 'err', val: ErrorCode }} Cell A requested property: its value, or its own error. */
/** @typedef {{ tag: PropertyTag, code: ErrorCode }} PropertyProblem A property that could not be set or removed while others were. */

/**
 * @typedef {'mail' | 'drafts' | 'sent-items' | 'outbox' | 'deleted-items' | 'calendar' | 'contacts' | 'tasks' | 'notes' | 'journal'
 *   | 'fallback'} Role What a root folder is for (MS-OXOSFLD 2.2).
 */

/**
 * @typedef {object} ContextEntry One root that a backend has for a user.
 * @property {string} url The complete URI, `namespace://...`.
 * @property {string} name Display name of the root folder.
 * @property {boolean} [mainFolder] Whether it is the default folder of its role. True unless said otherwise.
 * @property {Role} role
 * @property {string} [tag] Free text for the backend's own use.
 */

/**
 * @typedef {object} ConnectionInfo Who opens a context.
 * @property {string} username The account that logged on.
 * @property {string} owner The mailbox owner.
 * @property {Guid} replicaGuid The GUID behind the replica id (MS-OXCSTOR 2.2.1.7).
 * @property {number} replicaId The replica id in the low 16 bits of the ids that the host allocates.
 * @property {number} locale Windows locale id (MS-LCID).
 * @property {number} codepage Code page of PtypString8 values.
 */

/**
 * @typedef {'create-root' | 'folders' | 'move-folder' | 'copy-folder' | 'associated' | 'soft-delete' | 'deleted-ids' | 'permissions'
 *   | 'submit' | 'attachments' | 'embedded-messages' | 'streams' | 'restrictions' | 'sorting' | 'find-row' | 'preload'
 *   | 'cross-context-move' | 'generate-uri' | 'write-messages'} Capability What a backend does by itself. For what is not claimed
 *   the host finds another way, or answers `not-implemented` without asking.
 */

/**
 * @typedef {object} BackendInfo A backend about itself.
 * @property {string} name Unique among the registered backends: 1 to 64 of `a-z 0-9 - _ .`, a letter first.
 * @property {string} description One line for people.
 * @property {string} version
 * @property {string} [namespace] The URI scheme that refers to this backend, without `://`. The name, unless said otherwise.
 * @property {Capability[]} [capabilities] What it claims. Nothing, unless said otherwise.
 * @property {number} [inlineLimit] Values of more bytes than this come as deferred. 32 KiB, unless said otherwise.
 */

/** @typedef {'hierarchy' | 'contents' | 'associated' | 'rules' | 'attachments' | 'permissions'} TableKind Which rows a table has. */
/** @typedef {'soft' | 'hard'} DeleteMode Soft leaves a tombstone, so that clients learn of it; hard is for good. */
/** @typedef {'read' | 'read-write' | 'create'} StreamAccess OpenModeFlags (MS-OXCPRPT 2.2.14.1). */
/** @typedef {'none' | 'pre-process' | 'needs-spooler'} SubmitMode SubmitFlags (MS-OXOMSG 2.2.3.1). */
/** @typedef {'forward' | 'backward'} Direction Where a search goes. */
/** @typedef {{ id: Fmid, code?: ErrorCode }} ItemOutcome What became of one object of a batch: done, unless there is a code. */
/** @typedef {{ ids: Fmid[], upto: ChangeNumber }} DeletedSet Ids deleted since a change number, and up to which this is complete. */
/** @typedef {{ changeKey: Uint8Array, predecessors: Uint8Array }} ImportKeys What an import supplies (MS-OXCFXICS 2.2.1.2). */
/** @typedef {{ source: Mid, target: Mid, keys?: ImportKeys }} TransferItem A message, and the id that it gets in the target folder. */

/**
 * @template F
 * @typedef {{ folder: F, uri?: undefined } | { uri: string, folder?: undefined }} TransferSource Where messages come from: a
 *   folder of this context, or the URI of one elsewhere.
 */

/** @typedef {'originator' | 'to' | 'cc' | 'bcc'} RecipientKind PidTagRecipientType (MS-OXOMSG 2.2.3.1). */

/**
 * @typedef {object} Recipient
 * @property {RecipientKind} kind
 * @property {string} [username] The local account, if the host resolved the address to one.
 * @property {(Value | undefined)[]} cells One for each of the columns beside the rows.
 */

/** @typedef {{ columns: PropertyTag[], rows: Recipient[] }} RecipientTable Recipients as rows (MS-OXCMSG 2.2.3.1.2). */

/**
 * @typedef {object} MessageData What a client is told when it opens a message (RopOpenMessage, MS-OXCMSG 2.2.3.1.2).
 * @property {string} [subjectPrefix] PidTagSubjectPrefix, such as `Re: `.
 * @property {string} [normalizedSubject] The subject without its prefix.
 * @property {RecipientTable} [recipients]
 */

/** @typedef {{ rowCount: number, cells: Cell[], atEnd: boolean }} RowBatch Rows, row after row in one list. */
/** @typedef {{ index: number, cells: Cell[] }} FoundRow A row, by its place in the view. */

/** @typedef {'lt' | 'le' | 'gt' | 'ge' | 'eq' | 'ne' | 'regex' | 'member-of-dl'} Relop How values are compared (MS-OXCDATA 2.12.5.1). */

/**
 * @typedef {{ tag: 'all-of' | 'any-of', val: number[] } | { tag: 'negate', val: number }
 *   | { tag: 'content', val: { tag: PropertyTag, value: WireValue, kind: 'full-string' | 'substring' | 'prefix',
 *       options: { ignoreCase?: boolean, ignoreNonSpace?: boolean, loose?: boolean } } }
 *   | { tag: 'property', val: { op: Relop, tag: PropertyTag, value: WireValue } }
 *   | { tag: 'compare', val: { op: Relop, left: PropertyTag, right: PropertyTag } }
 *   | { tag: 'bitmask', val: { nonZero: boolean, tag: PropertyTag, mask: number } }
 *   | { tag: 'size', val: { op: Relop, tag: PropertyTag, size: number } } | { tag: 'exists', val: PropertyTag }
 *   | { tag: 'sub', val: { object: 'recipients' | 'attachments', child: number } }
 *   | { tag: 'comment', val: { values: { tag: PropertyTag, value: WireValue }[], child?: number } }
 *   | { tag: 'count', val: { count: number, child: number } }} RestrictionNode One node of a restriction; numbers are positions of
 *   other nodes in the same list.
 */

/** @typedef {RestrictionNode[]} Restriction A restriction tree (MS-OXCDATA 2.12) as a flat list; node 0 is the root. */
/** @typedef {{ tag: PropertyTag, direction: 'ascending' | 'descending' | 'maximum-category' }} SortKey */
/** @typedef {{ keys: SortKey[], categories: number, expanded: number }} SortOrder SortOrderSet (MS-OXCDATA 2.13.2). */

/** @typedef {{ tag: 'default-user' } | { tag: 'anonymous' } | { tag: 'user', val: Uint8Array }} Member PidTagMemberId (MS-OXCPERM 2.2.5). */
/** @typedef {{ member: Member, name?: string, rights: number }} Permission `rights`: the bits of PidTagMemberRights. */
/** @typedef {{ tag: 'add' | 'modify', val: Permission } | { tag: 'remove', val: Member }} PermissionChange */
/** @typedef {{ replaceAll?: boolean, includeFreeBusy?: boolean }} PermissionOptions ModifyFlags (MS-OXCPERM 2.2.2). */

/** @typedef {{ id: Fmid, uri: string, softDeleted: boolean }} IndexEntry A record of the index. */
/** @typedef {{ first: Fmid, count: number }} IdRange Ids whose GLOBCNTs follow each other. */

export {};
