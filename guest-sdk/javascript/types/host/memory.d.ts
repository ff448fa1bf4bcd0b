/** Empties the index, the buckets, the names, the events and the log. */
export function reset(): void;
/** Makes the call after so many calls of the index or of a bucket fail, and all after it. @param {number} calls @param {MapiError} [error] */
export function failAfter(calls: number, error?: MapiError): void;
/** The events that were published since the last time. */
export function takeEvents(): any[];
/** The lines that were logged since the last time. */
export function takeLog(): {
    level: string;
    context: string;
    message: string;
}[];
export namespace host {
    export let index: Record<string, (...args: any[]) => any>;
    export let names: Record<string, (...args: any[]) => any>;
    export function publish(published: any[]): undefined;
    export { open };
    export function log(level: string, context: string, message: string): undefined;
}
import { MapiError } from '../error.js';
/** @param {string} name */
declare function open(name: string): any;
export {};
