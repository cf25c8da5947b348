/** One row of a hidden list of the coordination site: a document under a key that no other row has. */
export interface KeyedRow<Value> {
  readonly key: string
  readonly value: Value
  /** Version of the row; changes are conditional on it. */
  readonly eTag: string
  /** Server time of the last write. */
  readonly modifiedAt: string
}

/**
 * A list of documents that the installs share. Atomic are only: add-if-absent by key, and change or removal of one row as it was read. Reads
 * by key are fresh; `list` may miss writes of the last seconds. A row that this version cannot read is left alone and not shown.
 */
export interface KeyedList<Value> {
  /** Creates the list when the site has none; idempotent, also when two installs do it at once. */
  prepare(signal: AbortSignal): Promise<void>
  get(key: string, signal: AbortSignal): Promise<KeyedRow<Value> | undefined>
  list(signal: AbortSignal): Promise<readonly KeyedRow<Value>[]>
  /** `isNew` is false when a row of that key was there: then it is that row, unchanged. A lost answer is settled by reading. */
  add(key: string, value: Value, signal: AbortSignal): Promise<{ readonly row: KeyedRow<Value>; readonly isNew: boolean }>
  /** undefined = somebody else changed or removed the row first; read again. A lost answer is settled by reading. */
  change(row: KeyedRow<Value>, value: Value, signal: AbortSignal): Promise<KeyedRow<Value> | undefined>
  /** false = somebody else changed the row first. A row that is gone is removed. */
  remove(row: KeyedRow<Value>, signal: AbortSignal): Promise<boolean>
}

const ATTEMPTS_MAX = 20

/** Decides on the row as it is now and writes, again and again until nobody comes in between. `decide` gives the value of a new row too. */
export async function upsert<Value>(
  list: KeyedList<Value>,
  key: string,
  { decide, signal }: { readonly decide: (before: Value | undefined) => Value; readonly signal: AbortSignal },
): Promise<KeyedRow<Value>> {
  let row = await list.get(key, signal)
  for (let attempt = 1; ; attempt++) {
    if (!row) {
      const added = await list.add(key, decide(undefined), signal)
      if (added.isNew) return added.row
      row = added.row
    }
    const changed: KeyedRow<Value> | undefined = await list.change(row, decide(row.value), signal)
    if (changed) return changed
    if (attempt === ATTEMPTS_MAX) throw new Error(`The row ${key} changed ${ATTEMPTS_MAX} times in a row.`)
    row = await list.get(key, signal)
  }
}
