const ASCII = /^[\x20-\x7e]*$/

/**
 * The form under which two names of one folder are the same name: NFC and case-folded [F]. `ß` and `ss` stay two names.
 */
export function foldName(name: string): string {
  if (ASCII.test(name)) return name.toLowerCase()
  return name.normalize('NFC').toLowerCase().normalize('NFC').replaceAll('ς', 'σ')
}
