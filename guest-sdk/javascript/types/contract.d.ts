/**
 * A folder or message identifier (MS-OXCDATA 2.2.1). Opaque; 0 is never valid.
 */
export type Fmid = bigint;
/**
 * A folder identifier.
 */
export type Fid = Fmid;
/**
 * A message identifier.
 */
export type Mid = Fmid;
/**
 * A change number (MS-OXCFXICS 2.2.2.1), encoded like an id: never compare two raw values.
 */
export type ChangeNumber = bigint;
/**
 * Property id in the high 16 bits, property type in the low 16 (MS-OXCDATA 2.9).
 */
export type PropertyTag = number;
/**
 * A GUID as the 128-bit number that its text form shows.
 */
export type Guid = {
    hi: bigint;
    lo: bigint;
};
/**
 * Why a call failed (`wit/types.wit` says what each means).
 */
export type ErrorCode = "failed" | "no-memory" | "not-initialized" | "corrupted" | "invalid-parameter" | "storage" | "backend-init" | "invalid-namespace" | "invalid-uri" | "not-found" | "in-use" | "exists" | "invalid-data" | "transport" | "denied" | "connection-refused" | "not-available" | "not-implemented" | "object-modified" | "object-deleted" | "too-complex" | "too-big" | "quota-exceeded" | "cancelled";
/**
 * The case of a property value.
 */
export type ValueKind = "null" | "integer16" | "integer32" | "floating32" | "floating64" | "currency" | "floating-time" | "error-code" | "boolean" | "integer64" | "string8" | "text" | "time" | "guid" | "binary" | "server-id" | "restriction-blob" | "rule-actions" | "object" | "deferred" | "multiple-integer16" | "multiple-integer32" | "multiple-floating32" | "multiple-floating64" | "multiple-currency" | "multiple-floating-time" | "multiple-integer64" | "multiple-string8" | "multiple-text" | "multiple-time" | "multiple-guid" | "multiple-binary";
/**
 * A property value as it crosses the boundary.
 */
export type WireValue = {
    tag: ValueKind;
    val?: any;
};
/**
 * A property's value as its tag's type has it: `string` for PtypString, `number` for 16 and 32 bits and floating
 *   point, `bigint` for PtypInteger64, PtypCurrency and PtypTime (FILETIME; a `Date` is taken for one), `boolean`, `Uint8Array` for
 *   PtypString8 and binary types, an array for types of multiple values.
 */
export type Value = string | number | bigint | boolean | Date | Uint8Array | Guid | null | string[] | number[] | bigint[] | Uint8Array[] | Guid[];
/**
 * A tag with its value.
 */
export type Property = {
    tag: PropertyTag;
    value: Value;
};
/**
 * A requested property: its value, or its own error.
 */
export type Cell = {
    tag: "ok";
    val: WireValue;
} | {
    tag: "err";
    val: ErrorCode;
};
/**
 * A property that could not be set or removed while others were.
 */
export type PropertyProblem = {
    tag: PropertyTag;
    code: ErrorCode;
};
/**
 * What a root folder is for (MS-OXOSFLD 2.2).
 */
export type Role = "mail" | "drafts" | "sent-items" | "outbox" | "deleted-items" | "calendar" | "contacts" | "tasks" | "notes" | "journal" | "fallback";
/**
 * One root that a backend has for a user.
 */
export type ContextEntry = {
    /**
     * The complete URI, `namespace://...`.
     */
    url: string;
    /**
     * Display name of the root folder.
     */
    name: string;
    /**
     * Whether it is the default folder of its role. True unless said otherwise.
     */
    mainFolder?: boolean | undefined;
    role: Role;
    /**
     * Free text for the backend's own use.
     */
    tag?: string | undefined;
};
/**
 * Who opens a context.
 */
export type ConnectionInfo = {
    /**
     * The account that logged on.
     */
    username: string;
    /**
     * The mailbox owner.
     */
    owner: string;
    /**
     * The GUID behind the replica id (MS-OXCSTOR 2.2.1.7).
     */
    replicaGuid: Guid;
    /**
     * The replica id in the low 16 bits of the ids that the host allocates.
     */
    replicaId: number;
    /**
     * Windows locale id (MS-LCID).
     */
    locale: number;
    /**
     * Code page of PtypString8 values.
     */
    codepage: number;
};
/**
 * What a backend does by itself. For what is not claimed
 *   the host finds another way, or answers `not-implemented` without asking.
 */
export type Capability = "create-root" | "folders" | "move-folder" | "copy-folder" | "associated" | "soft-delete" | "deleted-ids" | "permissions" | "submit" | "attachments" | "embedded-messages" | "streams" | "restrictions" | "sorting" | "find-row" | "preload" | "cross-context-move" | "generate-uri" | "write-messages";
/**
 * A backend about itself.
 */
export type BackendInfo = {
    /**
     * Unique among the registered backends: 1 to 64 of `a-z 0-9 - _ .`, a letter first.
     */
    name: string;
    /**
     * One line for people.
     */
    description: string;
    version: string;
    /**
     * The URI scheme that refers to this backend, without `://`. The name, unless said otherwise.
     */
    namespace?: string | undefined;
    /**
     * What it claims. Nothing, unless said otherwise.
     */
    capabilities?: Capability[] | undefined;
    /**
     * Values of more bytes than this come as deferred. 32 KiB, unless said otherwise.
     */
    inlineLimit?: number | undefined;
};
/**
 * Which rows a table has.
 */
export type TableKind = "hierarchy" | "contents" | "associated" | "rules" | "attachments" | "permissions";
/**
 * Soft leaves a tombstone, so that clients learn of it; hard is for good.
 */
export type DeleteMode = "soft" | "hard";
/**
 * OpenModeFlags (MS-OXCPRPT 2.2.14.1).
 */
export type StreamAccess = "read" | "read-write" | "create";
/**
 * SubmitFlags (MS-OXOMSG 2.2.3.1).
 */
export type SubmitMode = "none" | "pre-process" | "needs-spooler";
/**
 * Where a search goes.
 */
export type Direction = "forward" | "backward";
/**
 * What became of one object of a batch: done, unless there is a code.
 */
export type ItemOutcome = {
    id: Fmid;
    code?: ErrorCode;
};
/**
 * Ids deleted since a change number, and up to which this is complete.
 */
export type DeletedSet = {
    ids: Fmid[];
    upto: ChangeNumber;
};
/**
 * What an import supplies (MS-OXCFXICS 2.2.1.2).
 */
export type ImportKeys = {
    changeKey: Uint8Array;
    predecessors: Uint8Array;
};
/**
 * A message, and the id that it gets in the target folder.
 */
export type TransferItem = {
    source: Mid;
    target: Mid;
    keys?: ImportKeys;
};
/**
 * Where messages come from: a
 *   folder of this context, or the URI of one elsewhere.
 */
export type TransferSource<F> = {
    folder: F;
    uri?: undefined;
} | {
    uri: string;
    folder?: undefined;
};
/**
 * PidTagRecipientType (MS-OXOMSG 2.2.3.1).
 */
export type RecipientKind = "originator" | "to" | "cc" | "bcc";
export type Recipient = {
    kind: RecipientKind;
    /**
     * The local account, if the host resolved the address to one.
     */
    username?: string | undefined;
    /**
     * One for each of the columns beside the rows.
     */
    cells: (Value | undefined)[];
};
/**
 * Recipients as rows (MS-OXCMSG 2.2.3.1.2).
 */
export type RecipientTable = {
    columns: PropertyTag[];
    rows: Recipient[];
};
/**
 * What a client is told when it opens a message (RopOpenMessage, MS-OXCMSG 2.2.3.1.2).
 */
export type MessageData = {
    /**
     * PidTagSubjectPrefix, such as `Re: `.
     */
    subjectPrefix?: string | undefined;
    /**
     * The subject without its prefix.
     */
    normalizedSubject?: string | undefined;
    recipients?: RecipientTable | undefined;
};
/**
 * Rows, row after row in one list.
 */
export type RowBatch = {
    rowCount: number;
    cells: Cell[];
    atEnd: boolean;
};
/**
 * A row, by its place in the view.
 */
export type FoundRow = {
    index: number;
    cells: Cell[];
};
/**
 * How values are compared (MS-OXCDATA 2.12.5.1).
 */
export type Relop = "lt" | "le" | "gt" | "ge" | "eq" | "ne" | "regex" | "member-of-dl";
/**
 * One node of a restriction; numbers are positions of
 *   other nodes in the same list.
 */
export type RestrictionNode = {
    tag: "all-of" | "any-of";
    val: number[];
} | {
    tag: "negate";
    val: number;
} | {
    tag: "content";
    val: {
        tag: PropertyTag;
        value: WireValue;
        kind: "full-string" | "substring" | "prefix";
        options: {
            ignoreCase?: boolean;
            ignoreNonSpace?: boolean;
            loose?: boolean;
        };
    };
} | {
    tag: "property";
    val: {
        op: Relop;
        tag: PropertyTag;
        value: WireValue;
    };
} | {
    tag: "compare";
    val: {
        op: Relop;
        left: PropertyTag;
        right: PropertyTag;
    };
} | {
    tag: "bitmask";
    val: {
        nonZero: boolean;
        tag: PropertyTag;
        mask: number;
    };
} | {
    tag: "size";
    val: {
        op: Relop;
        tag: PropertyTag;
        size: number;
    };
} | {
    tag: "exists";
    val: PropertyTag;
} | {
    tag: "sub";
    val: {
        object: "recipients" | "attachments";
        child: number;
    };
} | {
    tag: "comment";
    val: {
        values: {
            tag: PropertyTag;
            value: WireValue;
        }[];
        child?: number;
    };
} | {
    tag: "count";
    val: {
        count: number;
        child: number;
    };
};
/**
 * A restriction tree (MS-OXCDATA 2.12) as a flat list; node 0 is the root.
 */
export type Restriction = RestrictionNode[];
export type SortKey = {
    tag: PropertyTag;
    direction: "ascending" | "descending" | "maximum-category";
};
/**
 * SortOrderSet (MS-OXCDATA 2.13.2).
 */
export type SortOrder = {
    keys: SortKey[];
    categories: number;
    expanded: number;
};
/**
 * PidTagMemberId (MS-OXCPERM 2.2.5).
 */
export type Member = {
    tag: "default-user";
} | {
    tag: "anonymous";
} | {
    tag: "user";
    val: Uint8Array;
};
/**
 * `rights`: the bits of PidTagMemberRights.
 */
export type Permission = {
    member: Member;
    name?: string;
    rights: number;
};
export type PermissionChange = {
    tag: "add" | "modify";
    val: Permission;
} | {
    tag: "remove";
    val: Member;
};
/**
 * ModifyFlags (MS-OXCPERM 2.2.2).
 */
export type PermissionOptions = {
    replaceAll?: boolean;
    includeFreeBusy?: boolean;
};
/**
 * A record of the index.
 */
export type IndexEntry = {
    id: Fmid;
    uri: string;
    softDeleted: boolean;
};
/**
 * Ids whose GLOBCNTs follow each other.
 */
export type IdRange = {
    first: Fmid;
    count: number;
};
