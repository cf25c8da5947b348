import { z } from 'zod'
import type { Tenant } from '../core/tenant.ts'
import type { ContentDraft } from '../store/contentStore.ts'

const session = z.object({
  sessionId: z.string(),
  driveId: z.string(),
  /** Where a new file goes; absent when an item is replaced by id. */
  place: z.object({ folderId: z.string(), newFolders: z.array(z.string()), name: z.string() }).optional(),
  itemId: z.string().optional(),
  conflict: z.enum(['fail', 'replace', 'rename']),
  ifMatch: z.string().optional(),
  ifNoneMatch: z.string().optional(),
  isCommitDeferred: z.boolean(),
  times: z.object({ createdMs: z.number().optional(), modifiedMs: z.number().optional() }),
  actor: z.object({
    userId: z.string().optional(),
    displayName: z.string(),
    upn: z.string().optional(),
    appId: z.string().optional(),
  }),
  caller: z.object({ kind: z.enum(['user', 'app']), appId: z.string(), objectId: z.string(), upn: z.string().optional() }),
  createdMs: z.number(),
  expiresMs: z.number(),
  /** Size of the file, from the first fragment on. */
  totalBytes: z.number().optional(),
  /** The content once all bytes are there and a commit was tried. */
  content: z.object({ contentId: z.string(), sizeBytes: z.number(), quickXorHash: z.string() }).optional(),
})

export type UploadSession = z.infer<typeof session>

/** Upload sessions of a tenant and the bytes that they hold. */
export interface UploadSessionStore {
  add(session: UploadSession): void
  /** Undefined for one that never was, is finished, was cancelled or has expired; an expired one is dropped with its bytes. */
  get(sessionId: string): UploadSession | undefined
  save(session: UploadSession): void
  /** Forgets the session; `keepsContent` after a commit, when the content belongs to a file. */
  remove(session: UploadSession, options: { readonly keepsContent: boolean }): void
  draft(sessionId: string): ContentDraft
}

const stores = new WeakMap<Tenant['db'], UploadSessionStore>()

/** One store per database. */
export function uploadSessionsOf(tenant: Tenant): UploadSessionStore {
  const known = stores.get(tenant.db)
  if (known !== undefined) return known
  const made = createUploadSessionStore(tenant)
  stores.set(tenant.db, made)
  return made
}

function createUploadSessionStore({ db, clock, content }: Tenant): UploadSessionStore {
  const insert = db.prepare('INSERT INTO upload_sessions VALUES (?, ?, ?, ?, ?)')
  const select = db.prepare('SELECT state FROM upload_sessions WHERE session_id = ?')
  const selectExpired = db.prepare('SELECT state FROM upload_sessions WHERE expires_ms <= ?')
  const update = db.prepare('UPDATE upload_sessions SET state = ?, expires_ms = ? WHERE session_id = ?')
  const erase = db.prepare('DELETE FROM upload_sessions WHERE session_id = ?')
  const live = new Map<string, UploadSession>()
  const drafts = new Map<string, ContentDraft>()

  function draft(sessionId: string): ContentDraft {
    let found = drafts.get(sessionId)
    if (found === undefined) {
      found = content.open(sessionId)
      drafts.set(sessionId, found)
    }
    return found
  }

  function remove(gone: UploadSession, { keepsContent }: { readonly keepsContent: boolean }): void {
    if (gone.content === undefined) draft(gone.sessionId).discard()
    else if (!keepsContent) content.remove(gone.content.contentId)
    drafts.delete(gone.sessionId)
    live.delete(gone.sessionId)
    erase.run(gone.sessionId)
  }

  function parse(state: unknown): UploadSession {
    return session.parse(JSON.parse(String(state)))
  }

  return {
    add(added) {
      for (const row of selectExpired.all(clock.now())) remove(parse(row.state), { keepsContent: false })
      insert.run(added.sessionId, added.driveId, added.place?.folderId ?? '', JSON.stringify(added), added.expiresMs)
      live.set(added.sessionId, added)
    },
    get(sessionId) {
      let found = live.get(sessionId)
      if (found === undefined) {
        const row = select.get(sessionId)
        if (row === undefined) return undefined
        found = parse(row.state)
        live.set(sessionId, found)
      }
      if (clock.now() < found.expiresMs) return found
      remove(found, { keepsContent: false })
      return undefined
    },
    save(changed) {
      live.set(changed.sessionId, changed)
      update.run(JSON.stringify(changed), changed.expiresMs, changed.sessionId)
    },
    remove,
    draft,
  }
}
