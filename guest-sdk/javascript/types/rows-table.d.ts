/** A ready table for backends that can list their rows. Claim none of `restrictions`, `sorting` and `find-row` with it. */
export class RowsTable extends Table {
    /**
     * A table with these columns. `load` is asked for the rows now, in their natural order, and again at each `refresh`.
     *
     * @template {Properties[] | Promise<Properties[]>} R
     * @param {PropertyTag[]} available
     * @param {() => R} load
     * @returns {R extends Promise<any> ? Promise<RowsTable> : RowsTable}
     */
    static open<R extends Properties[] | Promise<Properties[]>>(available: PropertyTag[], load: () => R): R extends Promise<any> ? Promise<RowsTable> : RowsTable;
    /**
     * @param {PropertyTag[]} available The columns that the table has.
     * @param {Properties[]} rows
     * @param {() => Properties[] | Promise<Properties[]>} load
     */
    constructor(available: PropertyTag[], rows: Properties[], load: () => Properties[] | Promise<Properties[]>);
    /** @override */
    override availableColumns(): number[];
    /** @override @param {PropertyTag[]} columns */
    override setColumns(columns: PropertyTag[]): void;
    /** @override */
    override rowCount(): number;
    /** @override @param {number} start @param {number} count @returns {RowBatch} */
    override queryRows(start: number, count: number): RowBatch;
    /** @override */
    override refresh(): Promise<void>;
    #private;
}
import { Table } from './objects.js';
import type { PropertyTag } from './contract.js';
import type { RowBatch } from './contract.js';
import type { Properties } from './properties.js';
