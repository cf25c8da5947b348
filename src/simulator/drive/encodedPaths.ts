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

/** Tenant time as services show it: whole seconds, UTC [B.2]. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
