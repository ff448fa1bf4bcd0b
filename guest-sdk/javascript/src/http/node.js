// One request and its answer with node's `fetch`, for tests.

import { MapiError } from '../error.js';

/** @param {import('./component.js').Request} request @returns {Promise<import('./component.js').Answer>} */
export async function send({ method, target, headers, body, timeout, bodyMaxBytes }) {
  const where = `${method} ${target.origin}${target.pathname}`;
  try {
    const signal = AbortSignal.timeout(timeout);
    const response = await fetch(target, { method, headers, body: /** @type {any} */ (body), signal, redirect: 'manual' });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length > bodyMaxBytes) throw new MapiError('too-big', `\`${where}\` has more than ${bodyMaxBytes} bytes`);
    return { status: response.status, headers: Array.from(response.headers), body: bytes };
  } catch (/** @type {any} */ error) {
    throw error instanceof MapiError ? error : failure(where, error);
  }
}

/** @param {string} where @param {any} error */
function failure(where, error) {
  const cause = error?.cause?.code ?? error?.name ?? String(error);
  if (cause === 'TimeoutError') return new MapiError('not-available', `\`${where}\`: no answer in time`);
  if (cause === 'ECONNREFUSED') return new MapiError('connection-refused', `\`${where}\`: ${cause}`);
  if (['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'].includes(cause)) return new MapiError('not-available', `\`${where}\`: ${cause}`);
  return new MapiError(error instanceof TypeError && !error.cause ? 'invalid-parameter' : 'transport', `\`${where}\`: ${cause}`);
}
