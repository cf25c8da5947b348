/** One cell: text is quoted and defused against formulas by the sink; numbers are written plainly. */
export type Cell = string | number | undefined

export interface ReportTable {
  /** File name without folder: `ItemReport_R0.csv`. */
  readonly fileName: string
  readonly columns: readonly string[]
  readonly rows: Iterable<readonly Cell[]>
}

/** Writes report files whole or not at all (temporary name, then rename). Errors: INPUT_OUTPUT_FOLDER, JNL_DISK_FULL. */
export interface ReportSink {
  write(table: ReportTable): Promise<{ readonly path: string; readonly rowCount: number }>
}
