/**
 * The two interfaces of the world `backend`, over a backend. `mapistore build` writes the module that exports them; tests may call them as
 * the host does.
 *
 * @param {new () => Backend} Type
 */
export function expose(Type: new () => Backend): {
    provider: {
        describe: () => {
            name: string;
            description: string;
            namespace: string;
            version: string;
            inlineLimit: any;
            capabilities: {
                [k: string]: boolean;
            };
        };
        init: (...args: any[]) => Promise<any>;
        listContexts: (...args: any[]) => Promise<any>;
        createContext: (...args: any[]) => Promise<any>;
        createRootFolder: (...args: any[]) => Promise<any>;
        generateUri: (...args: any[]) => Promise<any>;
    };
    objects: {
        Context: typeof ContextHandle;
        Folder: {
            new (object: any): {
                object: any;
                [Symbol.dispose](): void;
            };
        };
        Message: {
            new (object: any): {
                object: any;
                [Symbol.dispose](): void;
            };
        };
        Attachment: {
            new (object: any): {
                object: any;
                [Symbol.dispose](): void;
            };
        };
        Table: {
            new (object: any): {
                object: any;
                [Symbol.dispose](): void;
            };
        };
        PropertyStream: {
            new (object: any): {
                object: any;
                [Symbol.dispose](): void;
            };
        };
    };
};
import { Backend } from './backend.js';
declare const ContextHandle_base: {
    new (object: any): {
        object: any;
        [Symbol.dispose](): void;
    };
};
declare class ContextHandle extends ContextHandle_base {
    /** The host gives the handle back with this call. @param {ContextHandle} context */
    static close(context: ContextHandle): Promise<void>;
}
export {};
