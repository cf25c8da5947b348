/** How many items a round may recycle: `12` is a number, `10%` a share of what the task has at the destination, rounded down. */
export function deletionLimit(text: string, itemCount: number): number {
  const number = Number.parseInt(text, 10)
  return text.endsWith('%') ? Math.floor((itemCount * number) / 100) : number
}
