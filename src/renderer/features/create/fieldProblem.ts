/** For a Field: its message, when it has one. */
export function fieldProblem(message: string | undefined): {
  readonly validationState?: 'error'
  readonly validationMessage?: string
} {
  return message === undefined ? {} : { validationState: 'error', validationMessage: message }
}
