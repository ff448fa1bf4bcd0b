// A backend that is called as the host calls it.

import * as m from 'mapistore';
import { expose } from 'mapistore/testing';

/** @type {m.ConnectionInfo} */
export const CONNECTION = {
  username: 'alice', owner: 'alice', replicaGuid: { hi: 0x0011223344556677n, lo: 0x8899AABBCCDDEEFFn }, replicaId: 1, locale: 0x0409,
  codepage: 1252,
};

/** What the host holds of this folder: the root of a context. @param {m.Folder} folder @param {Partial<m.BackendInfo>} [info] @returns {Promise<any>} */
export async function root(folder, info = {}) {
  const { context } = await opened(folder, info);
  return context.getRootFolder(5n);
}

/** A context over this folder, and the interfaces of its backend. @param {m.Folder} folder @param {Partial<m.BackendInfo>} [info] */
export async function opened(folder, info = {}) {
  class Only extends m.Context {
    getRootFolder() {
      return folder;
    }
  }
  const exposed = expose(
    class extends m.Backend {
      describe() {
        return { name: 'only', description: 'one folder', version: '1', ...info };
      }
      createContext() {
        return new Only();
      }
    },
  );
  return { ...exposed, context: /** @type {any} */ (await exposed.provider.createContext(CONNECTION, 'only://alice/')) };
}

/** The error that a call answers. @param {Promise<unknown>} call @returns {Promise<{ code: string, detail?: string }>} */
export async function refusal(call) {
  try {
    await call;
  } catch (error) {
    return /** @type {any} */ (error).payload;
  }
  throw new Error('the call was answered');
}
