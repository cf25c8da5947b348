/** Folders of an Office package that belong to the service: properties, and the custom XML of columns and labels. [rewritten] */
const SERVICE_FOLDER = /(?:^|\/)(?:docprops|customxml|docmetadata)\//i
const CALC_CHAIN = /(?:^|\/)calcchain\.(?:xml|bin)$/i

/**
 * The part of an Office package as far as a person made it; `undefined` = the service's own, not compared. Two files are the same document
 * when both have the same part names here and all their canonical parts are equal. Lists of parts and of relations lose what points to the
 * service's parts and their order; a workbook loses its calculation settings. Everything else is compared byte for byte.
 */
export function canonicalOfficePart(partName: string, bytes: Uint8Array): Uint8Array | undefined {
  const name = partName.toLowerCase().replace(/^\/+/, '')
  if (SERVICE_FOLDER.test(name) || CALC_CHAIN.test(name)) return undefined
  if (name === '[content_types].xml')
    return canonicalEntries(bytes, /<(?:\w+:)?(?:Default|Override)\b[^>]*>/g, /\bPartName\s*=\s*["']([^"']*)["']/)
  if (name.endsWith('.rels')) return canonicalEntries(bytes, /<(?:\w+:)?Relationship\b[^>]*>/g, /\bTarget\s*=\s*["']([^"']*)["']/)
  if (name === 'xl/workbook.xml')
    return encode(decode(bytes).replace(/<(?:\w+:)?calcPr\b[^>]*?(?:\/>|>\s*<\/(?:\w+:)?calcPr>)/g, ''))
  return bytes
}

function canonicalEntries(bytes: Uint8Array, entry: RegExp, target: RegExp): Uint8Array {
  const entries = decode(bytes).match(entry) ?? []
  const kept = entries.filter((text) => {
    const path = target.exec(text)?.[1] ?? ''
    return !SERVICE_FOLDER.test(path) && !CALC_CHAIN.test(path)
  })
  return encode(
    kept
      .map((text) => text.replace(/\s+/g, ' ').replace(/\s?\/?>$/, ''))
      .sort()
      .join('\n'),
  )
}

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8').decode(bytes)
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
