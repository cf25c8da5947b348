import type { ImportContainers } from '../ports/importService.ts'

/** The text that the journal seals. */
export function sealContainers({ dataUri, manifestUri, encryptionKey, expiresAtMs }: ImportContainers): string {
  return JSON.stringify({ dataUri, manifestUri, encryptionKey, expiresAtMs })
}

/** undefined = sealed on another machine, or forgotten: the logs of the job stay unread. */
export function openContainers(text: string | undefined): ImportContainers | undefined {
  if (text === undefined) return undefined
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) return undefined
  const { dataUri, manifestUri, encryptionKey, expiresAtMs } = value as Record<string, unknown>
  if (typeof dataUri !== 'string' || typeof manifestUri !== 'string' || typeof encryptionKey !== 'string') return undefined
  return { dataUri, manifestUri, encryptionKey, expiresAtMs: typeof expiresAtMs === 'number' ? expiresAtMs : 0 }
}
