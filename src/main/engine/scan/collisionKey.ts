/**
 * Two names with equal keys cannot stand in one folder of the destination. The service compares without case and without regard to
 * normalisation; its exact fold is unpublished, so this one is as coarse as Unicode's (ß = SS, ſ = s): at worst a suffix that was not
 * needed, never a file that overwrites its twin. For comparing only, never for storing. [names]
 */
export function collisionKey(name: string): string {
  let key = foldOnce(name)
  // One more pass settles the rare letters whose upper case is composed anew by NFC.
  for (let next = foldOnce(key); next !== key; next = foldOnce(key)) key = next
  return key
}

const foldOnce = (text: string): string =>
  isPlainAscii(text) ? text.toUpperCase() : text.normalize('NFC').toLowerCase().toUpperCase().normalize('NFC')

function isPlainAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false
  return true
}
