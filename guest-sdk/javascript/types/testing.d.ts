export { expose } from "./component.js";
export { failAfter, reset, takeEvents, takeLog } from "./host/memory.js";
