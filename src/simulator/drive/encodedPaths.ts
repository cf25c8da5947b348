import type { LibraryRecord, SiteRecord } from '../store/siteStore.ts'

/** A decoded name as it stands in a URL path. */
export function encodeSegment(name: string): string {
  return encodeURIComponent(name).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

export function encodeSegments(segments: readonly string[]): string {
  return segments.map((segment) => `/${encodeSegment(segment)}`).join('')
}

/** `https://contoso.sharepoint.com/sites/finance` */
export function siteUrl(site: SiteRecord): string {
  return `https://${site.hostname}${encodeSegments(site.path.split('/').filter((part) => part !== ''))}`
}

/** `https://contoso.sharepoint.com/sites/finance/Shared%20Documents` */
export function libraryUrl(site: SiteRecord, library: LibraryRecord): string {
  return `${siteUrl(site)}/${encodeSegment(library.urlName)}`
}

const shownTimes = new Map<number, string>()
const KEPT_TIMES = 4096

/** Tenant time as services show it: whole seconds, UTC [B.2]. */
export function isoSeconds(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  let shown = shownTimes.get(seconds)
  if (shown === undefined) {
    shown = `${new Date(seconds * 1000).toISOString().slice(0, -5)}Z`
    if (shownTimes.size >= KEPT_TIMES) shownTimes.clear()
    shownTimes.set(seconds, shown)
  }
  return shown
}
