/**
 * Sends one request, and reads the whole answer. Redirects are not followed.
 *
 * @param {string} method Such as `GET`.
 * @param {string} url `http://` or `https://`.
 * @param {RequestOptions} [options]
 * @returns {Promise<Response>}
 * @throws {MapiError} `invalid-parameter`: it cannot be a request. `denied`: the place is not granted. `connection-refused`, `not-available`,
 *   `transport`: what became of the connection. `too-big`: the answer is longer than `bodyMaxBytes`.
 */
export function request(method: string, url: string, { headers, body, timeout, bodyMaxBytes }?: RequestOptions): Promise<Response>;
/**
 * @typedef {object} RequestOptions
 * @property {Record<string, string>} [headers]
 * @property {Uint8Array | string} [body] Text is sent as UTF-8.
 * @property {number} [timeout] Milliseconds for all of it, 3,000 if not said; the last pause may add a third. Keep it well below the
 *   `call_timeout_ms` of the host, which ends the context.
 * @property {number} [bodyMaxBytes] The longest answer, 8 MiB if not said.
 */
/** What a server answered. */
export class Response {
    /**
     * @param {number} status Such as 200. No status is an error.
     * @param {[string, string][]} headers
     * @param {Uint8Array} body
     */
    constructor(status: number, headers: [string, string][], body: Uint8Array);
    status: number;
    headers: [string, string][];
    body: Uint8Array<ArrayBufferLike>;
    /** Whether the status is one of success. */
    get ok(): boolean;
    /** The first header of this name, in whatever case. @param {string} name @returns {string | undefined} */
    header(name: string): string | undefined;
    /** The body as text. @returns {string} @throws {MapiError} `transport`: it is not UTF-8. */
    text(): string;
    /** The body as JSON. @returns {any} @throws {MapiError} `transport`: it is no JSON. */
    json(): any;
}
export type RequestOptions = {
    headers?: Record<string, string> | undefined;
    /**
     * Text is sent as UTF-8.
     */
    body?: string | Uint8Array<ArrayBufferLike> | undefined;
    /**
     * Milliseconds for all of it, 3,000 if not said; the last pause may add a third. Keep it well below the
     * `call_timeout_ms` of the host, which ends the context.
     */
    timeout?: number | undefined;
    /**
     * The longest answer, 8 MiB if not said.
     */
    bodyMaxBytes?: number | undefined;
};
