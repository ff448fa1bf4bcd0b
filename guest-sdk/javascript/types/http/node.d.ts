/** @param {import('./component.js').Request} request @returns {Promise<import('./component.js').Answer>} */
export function send({ method, target, headers, body, timeout, bodyMaxBytes }: import("./component.js").Request): Promise<import("./component.js").Answer>;
