/**
 * A storage backend: the default export of a project's entry file is a class that extends it.
 *
 * The methods may be `async`, but for `describe`. What `init` leaves in variables, every context gets a copy of.
 */
export class Backend {
    /** Name, namespace and capabilities. Answers the same whenever it is called, and calls no import. @returns {BackendInfo} */
    describe(): BackendInfo;
    /**
     * Runs once, before everything but `describe`, with the operator's settings. May hold nothing open when it returns.
     *
     * @param {Map<string, string>} config
     * @returns {Answer<void>}
     */
    init(config: Map<string, string>): Answer<void>;
    /** The roots that this backend has for a user: be quick, and answer the same as last time. @param {string} username @returns {Answer<ContextEntry[]>} */
    listContexts(username: string): Answer<ContextEntry[]>;
    /**
     * Opens the root that `uri` names. `not-found`: no such root. `invalid-uri`: not a URI that this backend understands.
     *
     * @param {ConnectionInfo} connection
     * @param {string} uri
     * @returns {Answer<Context>}
     */
    createContext(connection: ConnectionInfo, uri: string): Answer<Context>;
    /**
     * Makes a new root for a role and answers its complete URI; undefined means "not my role, ask the next backend".
     *
     * @param {string} username
     * @param {Role} role
     * @param {Fid} id
     * @param {string} name
     * @returns {Answer<string | undefined>}
     */
    createRootFolder(username: string, role: Role, id: Fid, name: string): Answer<string | undefined>;
    /**
     * The URI of a message in a folder, without opening either.
     *
     * @param {string} username
     * @param {string} folder
     * @param {string} message
     * @param {string} rootUri
     * @returns {Answer<string>}
     */
    generateUri(username: string, folder: string, message: string, rootUri: string): Answer<string>;
}
import type { BackendInfo } from './contract.js';
import type { Answer } from './objects.js';
import type { ContextEntry } from './contract.js';
import type { ConnectionInfo } from './contract.js';
import type { Context } from './objects.js';
import type { Role } from './contract.js';
import type { Fid } from './contract.js';
