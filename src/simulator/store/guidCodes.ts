const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The 16 bytes of a GUID in the order in which .NET stores them, which is the order inside drive and item ids. */
export function guidBytes(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex')
  bytes.subarray(0, 4).reverse()
  bytes.subarray(4, 6).reverse()
  bytes.subarray(6, 8).reverse()
  return bytes
}

/** `b!` and base64url of the GUIDs of site, web and list [B.1]. */
export function driveIdOf(siteId: string, webId: string, listId: string): string {
  return `b!${Buffer.concat([guidBytes(siteId), guidBytes(webId), guidBytes(listId)]).toString('base64url')}`
}

/** The part that all item ids of a library share. */
export function itemIdPrefix(listId: string): Buffer {
  return guidBytes(listId).subarray(0, 4)
}

/** `01` and 32 base32 characters: 4 bytes of the library, 16 of the item. */
export function itemIdOf(prefix: Buffer, uniqueId: string): string {
  return `01${base32(Buffer.concat([prefix, guidBytes(uniqueId)]))}`
}

function base32(bytes: Buffer): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32.charAt((held >> bits) & 31)
    }
  }
  return text
}
