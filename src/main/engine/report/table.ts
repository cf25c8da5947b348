import type { Cell, ReportTable } from '../ports/reportSink.ts'

/** A column and how its cell is made from a row. */
export type Column<Row> = readonly [name: string, cell: (row: Row) => Cell]

/** Cells are made when they are asked for, one row at a time. */
export function tableOf<Row>(fileName: string, columns: readonly Column<Row>[], rows: Iterable<Row>): ReportTable {
  return {
    fileName,
    columns: columns.map(([name]) => name),
    rows: {
      *[Symbol.iterator]() {
        for (const row of rows) yield columns.map(([, cell]) => cell(row))
      },
    },
  }
}
