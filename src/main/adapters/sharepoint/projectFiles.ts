import { MigrationError } from '../../../shared/errors.ts'
import { FRAGMENT_BYTES, PROJECT_FILE_PUT_MAX_BYTES } from '../../../shared/limits.ts'
import type { StoredItem } from '../../engine/ports/destination.ts'
import type { FileContent, ProjectFile, ProjectFiles, PutOptions } from '../../engine/ports/projectFiles.ts'
import { createQuickXorHasher } from '../hash/quickXorHash.ts'
import { LISTS, openList } from './coordinationList.ts'
import { download } from './download.ts'
import { ensureFolder } from './folders.ts'
import { findChild } from './items.ts'
import { readPages } from './pages.ts'
import { graphPath, ITEM_SELECT } from './paths.ts'
import { graphCall, type ServiceClient } from './serviceClient.ts'
import { cancelSession, createSessions, sendFragment, sessionState } from './sessions.ts'
import { driveItemSchema, driveSchema, readAnswer, readItem, storedItem } from './wire.ts'

export interface ProjectFilesDeps {
  readonly client: ServiceClient
  readonly siteUrl: string
}

interface Library {
  readonly driveId: string
  readonly rootItemId: string
}

/** Times that one fragment is sent again. */
const FRAGMENT_ATTEMPTS_MAX = 5
const NEW_DRIVE_ATTEMPTS_MAX = 6

export function createProjectFiles(deps: ProjectFilesDeps): ProjectFiles {
  return new LibraryFiles(deps)
}

class LibraryFiles implements ProjectFiles {
  readonly #deps: ProjectFilesDeps
  #opening: Promise<Library> | undefined
  /** Ids of folders; nobody moves them. */
  readonly #folders = new Map<string, string>()

  constructor(deps: ProjectFilesDeps) {
    this.#deps = deps
  }

  async prepare(signal: AbortSignal): Promise<void> {
    await this.#open(signal)
  }

  async put(path: string, content: FileContent, options: PutOptions): Promise<ProjectFile | undefined> {
    const { folder, name } = split(path)
    const parentId = await this.#folder(folder, { createMissing: true, signal: options.signal })
    if (parentId === undefined) throw lost(path)
    const { driveId } = await this.#open(options.signal)
    const place = { driveId, parentId, name }
    try {
      return fileOf(
        folder,
        content.sizeBytes <= PROJECT_FILE_PUT_MAX_BYTES
          ? await this.#putWhole(place, content, options)
          : await this.#putInFragments(place, content, options),
      )
    } catch (thrown) {
      if (!(thrown instanceof MigrationError)) throw thrown
      // A folder that somebody removed is found again, or made, at the next attempt.
      if (thrown.status === 404) this.#folders.clear()
      const isRefused = thrown.status === 409 || thrown.status === 412 || REFUSALS.has(thrown.code)
      if (!isRefused && thrown.remedy.kind !== 'lookFirst') throw thrown
      const stored = await findChild(this.#deps.client, place, options.signal)
      if (stored && (await isSame(stored, content, options.signal))) return fileOf(folder, stored)
      if (isRefused) return undefined
      throw thrown
    }
  }

  async open(path: string, signal: AbortSignal): ReturnType<ProjectFiles['open']> {
    const found = await this.#find(path, signal)
    if (!found) return undefined
    const { driveId } = await this.#open(signal)
    return { file: fileOf(split(path).folder, found), bytes: download(this.#deps.client, driveId, found.itemId, signal) }
  }

  async list(folder: string, signal: AbortSignal): Promise<readonly ProjectFile[]> {
    const itemId = await this.#folder(folder, { createMissing: false, signal })
    if (itemId === undefined) return []
    const { driveId } = await this.#open(signal)
    const what = `The folder ${folder} of the project's files`
    const files: ProjectFile[] = []
    const path = `${graphPath.item(driveId, itemId)}/children?$select=${ITEM_SELECT}&$top=200`
    for await (const page of readPages(this.#deps.client, path, { what, signal })) {
      for (const value of page) {
        const item = storedItem(readAnswer(driveItemSchema, value, what))
        if (item.kind === 'file') files.push(fileOf(folder, item))
      }
    }
    return files
  }

  async remove(path: string, signal: AbortSignal): Promise<void> {
    const found = await this.#find(path, signal)
    if (!found) return
    if (found.kind === 'folder') this.#folders.clear()
    const { client } = this.#deps
    const item = graphPath.item((await this.#open(signal)).driveId, found.itemId)
    const call = { what: `The project's file ${path}`, isRepeatable: true, signal }
    const reply = await graphCall(client, {
      ...call,
      method: 'POST',
      path: `${item}/permanentDelete`,
      accepts: [400, 403, 404, 405, 501],
    })
    if (reply.status === 404 || reply.status < 300) return
    // Retention or an older service: the recycle bin takes it.
    await graphCall(client, { ...call, method: 'DELETE', path: item, accepts: [404] })
  }

  async #find(path: string, signal: AbortSignal): Promise<StoredItem | undefined> {
    const { folder, name } = split(path)
    const parentId = await this.#folder(folder, { createMissing: false, signal })
    if (parentId === undefined) return undefined
    const { driveId } = await this.#open(signal)
    return findChild(this.#deps.client, { driveId, parentId, name }, signal)
  }

  async #putWhole(
    place: { readonly driveId: string; readonly parentId: string; readonly name: string },
    content: FileContent,
    { condition, signal }: PutOptions,
  ): Promise<StoredItem> {
    const what = `The project's file ${place.name}`
    const behavior = condition.kind === 'absent' ? 'fail' : 'replace'
    const reply = await graphCall(this.#deps.client, {
      method: 'PUT',
      path: `${graphPath.child(place.driveId, place.parentId, place.name)}:/content?@microsoft.graph.conflictBehavior=${behavior}`,
      headers: {
        'content-type': 'application/octet-stream',
        ...(condition.kind === 'unchanged' ? { 'if-match': condition.eTag } : {}),
      },
      body: { kind: 'bytes', bytes: await content.read(0, content.sizeBytes, signal) },
      lane: 'bulk',
      what,
      name: place.name,
      isRepeatable: condition.kind === 'none',
      signal,
    })
    return readItem(reply.body, what)
  }

  async #putInFragments(
    place: { readonly driveId: string; readonly parentId: string; readonly name: string },
    content: FileContent,
    { condition, signal }: PutOptions,
  ): Promise<StoredItem> {
    const { client } = this.#deps
    const [created] = await createSessions(
      client,
      place.driveId,
      [
        {
          parentId: place.parentId,
          name: place.name,
          sizeBytes: content.sizeBytes,
          times: undefined,
          conflict: condition.kind === 'absent' ? 'fail' : 'replace',
          ...(condition.kind === 'unchanged' ? { ifMatch: condition.eTag } : {}),
        },
      ],
      signal,
    )
    if (!created) throw lost(place.name)
    if (!created.ok) throw created.error
    const session = created.value
    const totalBytes = content.sizeBytes
    try {
      for (let start = 0, failures = 0; start < totalBytes; ) {
        const length = Math.min(FRAGMENT_BYTES, totalBytes - start)
        try {
          const body = await content.read(start, length, signal)
          const reply = await sendFragment(client, session, { start, length, totalBytes, body }, signal)
          if (reply.kind === 'stored') return reply.item
          failures = reply.nextStart > start ? 0 : failures + 1
          start = reply.nextStart
        } catch (thrown) {
          signal.throwIfAborted()
          const isUnknown = thrown instanceof MigrationError && thrown.remedy.kind === 'lookFirst'
          if (!isUnknown || ++failures > FRAGMENT_ATTEMPTS_MAX) throw thrown
          const state = await sessionState(client, session, signal)
          if (state.kind === 'gone') throw thrown
          start = state.nextStart
        }
        if (failures > FRAGMENT_ATTEMPTS_MAX) break
      }
      throw lost(place.name)
    } catch (thrown) {
      // It would end by itself; what can be known of the file is looked up by the caller.
      if (!signal.aborted) await cancelSession(client, session, signal).catch(() => undefined)
      throw thrown
    }
  }

  async #folder(
    path: string,
    options: { readonly createMissing: boolean; readonly signal: AbortSignal },
  ): Promise<string | undefined> {
    const { driveId, rootItemId } = await this.#open(options.signal)
    if (path === '') return rootItemId
    const known = this.#folders.get(path)
    if (known !== undefined) return known
    try {
      const found = await ensureFolder(this.#deps.client, { driveId, itemId: rootItemId, path }, options)
      if (found) this.#folders.set(path, found.item.itemId)
      return found?.item.itemId
    } catch (thrown) {
      if (thrown instanceof MigrationError && thrown.code === 'DST_NOT_FOUND') return undefined
      throw thrown
    }
  }

  async #open(signal: AbortSignal): Promise<Library> {
    this.#opening ??= openLibrary(this.#deps, signal)
    try {
      return await this.#opening
    } catch (thrown) {
      this.#opening = undefined
      throw thrown
    }
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['DST_EXISTS', 'DST_CHANGED'])

async function openLibrary({ client, siteUrl }: ProjectFilesDeps, signal: AbortSignal): Promise<Library> {
  const definition = LISTS.files
  const { siteId, listId } = await openList(client, siteUrl, { definition, createMissing: true, signal })
  const what = `The library "${definition.displayName}"`
  const get = (path: string, accepts: readonly number[]) =>
    graphCall(client, { method: 'GET', path, what, isRepeatable: true, isForWholeTask: true, signal, accepts })
  const drivePath = `${graphPath.siteById(siteId)}/lists/${encodeURIComponent(listId)}/drive?$select=id`
  for (let attempt = 1; ; attempt++) {
    const reply = await get(drivePath, [404])
    if (reply.status !== 404) {
      const { id } = readAnswer(driveSchema, reply.body, what)
      const root = await get(`${graphPath.drive(id)}/root?$select=${ITEM_SELECT}`, [])
      return { driveId: id, rootItemId: readAnswer(driveItemSchema, root.body, what).id }
    }
    if (attempt === NEW_DRIVE_ATTEMPTS_MAX) {
      throw new MigrationError(
        'CRD_LISTS_MISSING',
        `The site ${siteUrl} has a list "${definition.displayName}" that is no library.`,
        {
          remedy: { kind: 'stopTask' },
          fix: `Give that list another name; Portage then makes its library "${definition.displayName}".`,
        },
      )
    }
    await client.sleep(attempt * 500, signal)
  }
}

/** Whether a name holds exactly this content; asked only when an answer was lost or refused. */
async function isSame(stored: StoredItem, content: FileContent, signal: AbortSignal): Promise<boolean> {
  if (stored.kind !== 'file' || stored.sizeBytes !== content.sizeBytes || stored.quickXorHash === undefined) return false
  const hasher = createQuickXorHasher()
  for (let start = 0; start < content.sizeBytes; start += FRAGMENT_BYTES)
    hasher.update(await content.read(start, Math.min(FRAGMENT_BYTES, content.sizeBytes - start), signal))
  return hasher.digest() === stored.quickXorHash
}

function split(path: string): { readonly folder: string; readonly name: string } {
  const at = path.lastIndexOf('/')
  return { folder: path.slice(0, Math.max(0, at)), name: path.slice(at + 1) }
}

const fileOf = (folder: string, { name, sizeBytes, eTag }: StoredItem): ProjectFile => ({
  path: folder === '' ? name : `${folder}/${name}`,
  sizeBytes,
  eTag,
})

const lost = (name: string): MigrationError =>
  new MigrationError('DST_SESSION_LOST', `The project's file ${name} could not be stored.`, { remedy: { kind: 'retry' } })
