/** `*` stands for anything; case does not matter. Without a pattern everything matches; with one, a missing name does not. */
export function matchesPattern(pattern: string | undefined, name: string | undefined): boolean {
  if (pattern === undefined) return true
  if (name === undefined) return false
  if (!pattern.includes('*')) return pattern.toLowerCase() === name.toLowerCase()
  let at = 0
  const parts = pattern.toLowerCase().split('*')
  const text = name.toLowerCase()
  for (const [index, part] of parts.entries()) {
    const found =
      index === 0
        ? text.startsWith(part)
          ? 0
          : -1
        : index === parts.length - 1
          ? Math.max(at, text.length - part.length)
          : text.indexOf(part, at)
    if (found === -1 || !text.startsWith(part, found)) return false
    at = found + part.length
  }
  return true
}
