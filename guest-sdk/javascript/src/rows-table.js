// A table over rows in memory, in their natural order. Restrictions and sort orders are `too-complex` for it, so the host does them.

/** @import { Cell, PropertyTag, RowBatch } from './contract.js' */
/** @import { Properties } from './properties.js' */

import { MapiError } from './error.js';
import { Table } from './objects.js';

/** The most rows that one call answers; the caller comes again for more. */
const BATCH_ROWS = 5_000;

/** A ready table for backends that can list their rows. Claim none of `restrictions`, `sorting` and `find-row` with it. */
export class RowsTable extends Table {
  /** @type {PropertyTag[]} */
  #available;
  /** @type {PropertyTag[]} */
  #columns = [];
  /** @type {Properties[]} */
  #rows;
  /** @type {() => Properties[] | Promise<Properties[]>} */
  #load;

  /**
   * @param {PropertyTag[]} available The columns that the table has.
   * @param {Properties[]} rows
   * @param {() => Properties[] | Promise<Properties[]>} load
   */
  constructor(available, rows, load) {
    super();
    this.#available = available;
    this.#rows = rows;
    this.#load = load;
  }

  /**
   * A table with these columns. `load` is asked for the rows now, in their natural order, and again at each `refresh`.
   *
   * @template {Properties[] | Promise<Properties[]>} R
   * @param {PropertyTag[]} available
   * @param {() => R} load
   * @returns {R extends Promise<any> ? Promise<RowsTable> : RowsTable}
   */
  static open(available, load) {
    const rows = load();
    const table = rows instanceof Promise ? rows.then((rows) => new RowsTable(available, rows, load)) : new RowsTable(available, rows, load);
    return /** @type {any} */ (table);
  }

  /** @override */
  availableColumns() {
    return this.#available;
  }

  /** @override @param {PropertyTag[]} columns */
  setColumns(columns) {
    if (columns.length === 0) throw new MapiError('invalid-parameter', 'a table needs a column');
    this.#columns = columns;
  }

  /** @override */
  rowCount() {
    return this.#rows.length;
  }

  /** @override @param {number} start @param {number} count @returns {RowBatch} */
  queryRows(start, count) {
    if (this.#columns.length === 0) throw new MapiError('not-initialized', 'the table has no columns yet');
    const rows = this.#rows.slice(start, start + Math.min(count, BATCH_ROWS));
    /** @type {Cell[]} */
    const cells = [];
    for (const row of rows) for (const tag of this.#columns) cells.push(row.cell(tag));
    return { rowCount: rows.length, cells, atEnd: start + rows.length >= this.#rows.length };
  }

  /** @override */
  async refresh() {
    this.#rows = await this.#load();
  }
}
