export function isBytes(value: unknown): value is Uint8Array;
export function own(value: any): any;
