/** A write was conditional on a state that is gone. */
export class ETagMismatchError extends Error {
  readonly sent: string
  readonly actual: string
  constructor(sent: string, actual: string) {
    super(`The request ETag value '${sent}' does not match the object's ETag value '${actual}'.`)
    this.name = 'ETagMismatchError'
    this.sent = sent
    this.actual = actual
  }
}

/** A unique column already holds the value. */
export class DuplicateValueError extends Error {
  readonly columns: readonly string[]
  constructor(columns: readonly string[]) {
    super(
      `The list item could not be added or updated because duplicate values were found in the following field(s) in the list: [${columns.join(', ')}].`,
    )
    this.name = 'DuplicateValueError'
    this.columns = columns
  }
}

/** The list view threshold stands in the way. */
export class ThresholdError extends Error {
  constructor() {
    super('The attempted operation is prohibited because it exceeds the list view threshold.')
    this.name = 'ThresholdError'
  }
}

/** A filter or an order names a column without index where the service insists on one. */
export class NonIndexedColumnError extends Error {
  readonly column: string
  constructor(column: string) {
    super(
      `Field '${column}' cannot be referenced in filter or orderby as it is not indexed. Provide the 'Prefer: HonorNonIndexedQueriesWarningMayFailRandomly' header to allow this, but be warned that such queries may fail on large lists.`,
    )
    this.name = 'NonIndexedColumnError'
    this.column = column
  }
}

export class UnknownColumnError extends Error {
  readonly column: string
  constructor(column: string) {
    super(`Field '${column}' is not recognized`)
    this.name = 'UnknownColumnError'
    this.column = column
  }
}

/** A value that the column's type cannot take. */
export class ColumnValueError extends Error {
  readonly column: string
  readonly reason: 'text' | 'number' | 'date' | 'boolean' | 'choice' | 'reference' | 'readOnly'
  constructor(column: string, reason: ColumnValueError['reason'], message: string) {
    super(message)
    this.name = 'ColumnValueError'
    this.column = column
    this.reason = reason
  }
}

/** A list or a column cannot be made as asked. */
export class DefinitionError extends Error {
  readonly reason: 'nameTaken' | 'indexTooLate' | 'notIndexable' | 'hasDuplicates' | 'invalid' | 'tooManyLists'
  constructor(reason: DefinitionError['reason'], message: string) {
    super(message)
    this.name = 'DefinitionError'
    this.reason = reason
  }
}

export class NotFoundError extends Error {
  readonly noun: 'list' | 'item' | 'column'
  constructor(noun: 'list' | 'item' | 'column', message: string) {
    super(message)
    this.name = 'NotFoundError'
    this.noun = noun
  }
}
