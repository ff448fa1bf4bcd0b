/** @param {Request} request @returns {Answer} */
export function send({ method, target, headers, body, timeout, bodyMaxBytes }: Request): Answer;
export type Answer = {
    status: number;
    headers: [string, string][];
    body: Uint8Array;
};
export type Request = {
    method: string;
    target: URL;
    headers: [string, string][];
    body?: Uint8Array;
    timeout: number;
    bodyMaxBytes: number;
};
