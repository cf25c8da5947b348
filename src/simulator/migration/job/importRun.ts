import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { matchesPattern } from '../../core/namePattern.ts'
import type { Tenant } from '../../core/tenant.ts'
import type { FileContent, ItemRecord } from '../../store/itemStore.ts'
import type { SiteRecord } from '../../store/siteStore.ts'
import type { PackageBlobs } from '../blob/packageBlobs.ts'
import { readArchives } from '../package/archivedFiles.ts'
import { type FileObject, type ManifestObject, readObject } from '../package/manifestObjects.ts'
import { readPackage } from '../package/packageFiles.ts'
import { resolveUsers } from '../package/userMap.ts'
import { createContentFetch } from './contentFetch.ts'
import { asItemError, FatalImportError, HRESULT, ItemImportError } from './importErrors.ts'
import type { ImportReport } from './importReport.ts'
import type { ImportScript } from './importScript.ts'
import { checkLibrary, checkWeb } from './importTarget.ts'
import { createItemWrites, type ItemWrites } from './itemWrites.ts'
import type { JobRecord } from './jobStore.ts'
import { type LinkedItems, linkItems } from './linkedItems.ts'

/** Errors after which the rest of a package is given up [D.8]. */
export const ERRORS_THAT_CANCEL = 100
const FILES_AHEAD = 6
const OBJECTS_BETWEEN_PROGRESS = 100
const UNEXPECTED_FAILURE = 'The import was interrupted by an unexpected failure of the server.'

/** How a run came to its end. `fatal` has been reported; `vanished` has left no trace. */
export type RunOutcome = 'ended' | 'fatal' | 'restart' | 'vanished'

export interface ImportRunDeps {
  readonly tenant: Tenant
  readonly blobs: PackageBlobs
  readonly job: JobRecord
  readonly report: ImportReport
  readonly containers: { readonly content: string; readonly manifest: string }
  readonly signal: AbortSignal
  /** A file that Graph's listings show late. */
  readonly onImported: (item: ItemRecord) => void
}

/** Carries one import job out, in the order of the manifest. Rejects only when `signal` aborts. */
export async function runImport(deps: ImportRunDeps): Promise<RunOutcome> {
  const { report, signal } = deps
  try {
    return await importPackage(deps)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof FatalImportError) {
      report.fatal({ code: error.code, errorType: error.errorType, message: error.message })
    } else {
      const message = error instanceof Error ? error.message : String(error)
      report.fatal({ code: HRESULT.invalidOperation, errorType: 'System.InvalidOperationException', message })
    }
    return 'fatal'
  }
}

async function importPackage(deps: ImportRunDeps): Promise<RunOutcome> {
  const { tenant, blobs, job, report, containers, signal } = deps
  const { script } = job
  const { profile } = tenant.behaviour
  const site = checkWeb(tenant, job.siteId, job.webId)
  report.start({ siteId: site.siteId, webId: site.webId })
  const key = Buffer.from(job.encryptionKey, 'base64')
  const documents = await readPackage({ blobs, container: containers.manifest, key, profile, signal })
  const users = resolveUsers(tenant.directory, documents, profile)
  for (const message of users.warnings)
    report.warning(
      { objectType: 'User', url: '', id: '' },
      { code: HRESULT.spException, errorType: 'Microsoft.SharePoint.SPException', message },
    )

  const listing = await blobs.list(containers.content)
  const archived = await readArchives({ blobs, container: containers.content, listing, key, signal }, documents.archives)
  const objects = documents.objects.map(readObject)
  checkObjects(tenant, site, objects)
  const expectedBytes = [...listing.values()].reduce((sum, blob) => sum + blob.sizeBytes, 0)
  report.expect(objects.length, expectedBytes)

  const links = linkItems(objects, script.unlinkedFiles)
  const contents = createContentFetch({
    blobs,
    container: containers.content,
    listing,
    archived,
    key,
    content: tenant.content,
    profile,
    signal,
  })
  const writes = createItemWrites({ tenant, site, users, report, script, profile, onImported: deps.onImported })
  const files = objects
    .filter((object) => object.kind === 'file')
    .filter((file) => links.fate(file) === 'import' && !isSkipped(job, file))
  const wanted = new Set<ManifestObject>(files)
  const failing = failingFiles(files, script.failingItems)
  const ahead = prefetch(files, (file) => fetchAll(file, contents))
  const stopAt = stopPoint(job, files.length)
  let filesDone = 0

  try {
    for (const [index, object] of objects.entries()) {
      signal.throwIfAborted()
      if (object.kind === 'file' && wanted.has(object)) {
        if (filesDone === stopAt) return interrupt(deps)
        filesDone++
        const content = await ahead.next()
        if (script.itemDelayMs > 0) await sleep(script.itemDelayMs, undefined, { signal })
        importOne(object, report, () => {
          if (!content.isGood) {
            writes.checkPlace(object)
            throw content.error
          }
          const refusal = scriptedRefusal(script, object, failing)
          if (refusal !== undefined) {
            for (const version of content.contents) tenant.content.remove(version.contentId)
            throw refusal
          }
          writes.file(object, content.contents, links.listItemId(object))
        })
      } else {
        importOne(object, report, () => writeOther(object, writes, links))
      }
      if (report.errorCount >= ERRORS_THAT_CANCEL) {
        report.error(
          { objectType: '', url: '', id: '' },
          { code: HRESULT.canceled, errorType: 'System.OperationCanceledException', message: 'Operation canceled' },
        )
        break
      }
      if ((index + 1) % OBJECTS_BETWEEN_PROGRESS === 0) report.progress()
    }
    if (filesDone === stopAt) return interrupt(deps)
  } finally {
    await ahead.discard((content) => {
      for (const version of content) tenant.content.remove(version.contentId)
    })
  }
  report.progress()
  report.say(`Import completed with ${report.errors.length} errors and ${report.warnings.length} warnings.`)
  return 'ended'
}

function writeOther(object: ManifestObject, writes: ItemWrites, links: LinkedItems): void {
  if (object.kind === 'folder') writes.folder(object)
  else if (object.kind === 'listItem') writes.listItem(object, links.isWhole(object))
  else if (object.kind === 'library') writes.library(object)
  else if (object.kind === 'roleAssignments') writes.roles(object)
  else if (object.kind === 'file' && links.fate(object) === 'error')
    throw new ItemImportError(HRESULT.invalidArgument, 'Missing file info for list item')
}

/** Runs the work of one object; what its place or content refuse is an error of that object alone. */
function importOne(object: ManifestObject, report: ImportReport, work: () => void): void {
  const url = 'url' in object ? object.url : ''
  try {
    work()
  } catch (thrown) {
    const error = asItemError(thrown, url)
    if (!(error instanceof ItemImportError)) throw error
    const listItemId = object.kind === 'listItem' ? object.intId : object.kind === 'file' ? object.listItemId : undefined
    report.error(
      {
        objectType: SUBJECTS[object.kind],
        url,
        id: 'id' in object ? object.id : '',
        ...(listItemId === undefined ? {} : { sourceListItemId: listItemId }),
      },
      { code: error.code, errorType: error.errorType, message: error.message },
    )
  }
}

const SUBJECTS: Readonly<Record<ManifestObject['kind'], string>> = {
  file: 'File',
  folder: 'Folder',
  listItem: 'ListItem',
  library: 'List',
  roleAssignments: 'RoleAssignments',
  other: 'Object',
}

/** Wrong ids of web or list end the job; so do role definitions [D.5, D.6]. */
function checkObjects(tenant: Tenant, site: SiteRecord, objects: readonly ManifestObject[]): void {
  for (const object of objects) {
    if (object.kind === 'other' && /^DeploymentRole(s|X)$/.test(object.objectType))
      throw new FatalImportError(
        HRESULT.spException,
        'Microsoft.SharePoint.SPException',
        'Updates to system roles is not allowed',
      )
    if ('webId' in object && object.webId !== site.webId) checkWeb(tenant, site.siteId, object.webId)
    if (object.kind === 'library') checkLibrary(tenant, site, object.id)
    else if ('listId' in object && object.listId !== undefined) checkLibrary(tenant, site, object.listId)
  }
}

async function fetchAll(file: FileObject, contents: ReturnType<typeof createContentFetch>): Promise<readonly FileContent[]> {
  const versions =
    file.versions.length === 0
      ? [file]
      : file.versions.at(-1)?.version === file.version
        ? file.versions
        : [...file.versions, file]
  const stored: FileContent[] = []
  for (const version of versions) stored.push(await contents.fetch(version))
  return stored
}

type Fetched =
  | { readonly isGood: true; readonly contents: readonly FileContent[] }
  | { readonly isGood: false; readonly error: unknown }

/** Fetches a few files ahead of the one that is being written, and hands them out in order. */
function prefetch(files: readonly FileObject[], fetch: (file: FileObject) => Promise<readonly FileContent[]>) {
  const begun: Promise<Fetched>[] = []
  let next = 0
  const begin = (): void => {
    const file = files[next++]
    if (file === undefined) return
    begun.push(
      fetch(file).then(
        (contents): Fetched => ({ isGood: true, contents }),
        (error: unknown): Fetched => ({ isGood: false, error }),
      ),
    )
  }
  for (let i = 0; i < FILES_AHEAD; i++) begin()
  return {
    next(): Promise<Fetched> {
      const first = begun.shift()
      begin()
      return first ?? Promise.reject(new Error('More files were asked for than were begun.'))
    },
    async discard(drop: (contents: readonly FileContent[]) => void): Promise<void> {
      next = files.length
      for (const fetched of await Promise.all(begun)) if (fetched.isGood) drop(fetched.contents)
    },
  }
}

/** The number of files after which the fault script breaks the job off; undefined without such a fault. */
function stopPoint({ script, retryCount }: JobRecord, fileCount: number): number | undefined {
  if (script.vanishesAt !== undefined) return Math.floor(fileCount * script.vanishesAt)
  if (script.isFatal || (script.isRestarted && retryCount === 0)) return Math.floor(fileCount / 2)
  return undefined
}

function interrupt({ job, report }: ImportRunDeps): RunOutcome {
  if (job.script.vanishesAt !== undefined) return 'vanished'
  report.fatal({
    code: HRESULT.fatalSample,
    errorType: 'Microsoft.SharePoint.SPException',
    message: UNEXPECTED_FAILURE,
  })
  return job.script.isRestarted ? 'restart' : 'fatal'
}

/** Whether the fault script has this file passed over; the same in every run of the job. */
function isSkipped({ jobId, script }: JobRecord, file: FileObject): boolean {
  if (script.skippedShare === 0) return false
  return createHash('sha256').update(`${jobId}/${file.id}`).digest().readUInt32LE(0) / 2 ** 32 < script.skippedShare
}

/** What the fault script has for this one file. */
function scriptedRefusal(script: ImportScript, file: FileObject, failing: ReadonlySet<string>): Error | undefined {
  const isMeant = (patterns: readonly string[]) => patterns.some((pattern) => matchesPattern(pattern, file.url))
  if (isMeant(script.killers))
    return new FatalImportError(HRESULT.fatalSample, 'Microsoft.SharePoint.SPException', UNEXPECTED_FAILURE)
  if (isMeant(script.poison))
    return new ItemImportError(HRESULT.spException, `The file ${file.url} cannot be imported: its content is not accepted.`)
  if (failing.has(file.id))
    return new ItemImportError(
      HRESULT.reverted,
      'The object invoked has disconnected from its clients. (STG_E_REVERTED)',
      'System.Runtime.InteropServices.COMException',
    )
  return undefined
}

function failingFiles(files: readonly FileObject[], amount: number): ReadonlySet<string> {
  const count = amount < 1 ? Math.ceil(files.length * amount) : Math.floor(amount)
  return new Set(files.slice(0, count).map((file) => file.id))
}
