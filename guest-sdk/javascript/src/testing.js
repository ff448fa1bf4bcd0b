// For tests under node, where the index, the buckets and the rest work in memory.

export { failAfter, reset, takeEvents, takeLog } from './host/memory.js';
export { expose } from './component.js';
