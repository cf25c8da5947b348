import { createHash } from 'node:crypto'
import { MigrationError } from '../../../shared/errors.ts'
import { CHILDREN_PAGE_ITEMS, CONTAINER_LIFE_MS } from '../../../shared/limits.ts'
import type { ExistingFolder, ImportPlace, ImportService } from '../../engine/ports/importService.ts'
import type { BlobStoreDeps } from '../blob/blobStore.ts'
import { createPackageBlobs } from '../blob/packageBlobs.ts'
import { readErrorBody } from './errorBody.ts'
import {
  containersSchema,
  nameSchema,
  progressSchema,
  readJobId,
  restFolderSchema,
  restListSchema,
  siteCollectionSchema,
  unwrap,
  webSchema,
} from './migrationWire.ts'
import { type Page, readPage } from './pages.ts'
import { encodeSegment, graphPath, isAddressableByPath, sameName, serverRelativePath } from './paths.ts'
import type { ServiceClient } from './serviceClient.ts'
import { plain, rest, restPath } from './sharePointRest.ts'
import { ensurePerson, setPeople } from './sitePeople.ts'
import { readAnswer, timeOf } from './wire.ts'

/** The name space that SPMT makes ids of files in. [D.5] */
const ID_NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex')
/** The job is not known, and its status has expired. [D.7] */
const UNKNOWN_JOB_CODES: ReadonlySet<string> = new Set(['-2147213145', '-2147213146'])
/** Pages of one folder that are looked through for one file. */
const LOOK_PAGES_MAX = 5

export interface ImportTarget {
  readonly driveId: string
  /** Of the web that holds the library. */
  readonly webUrl: string
  readonly libraryPath: string
  /** Server-relative, of the task's place. */
  readonly placePath: string
}

/** SharePoint's Migration API over REST, for one library. Everything but blobs goes through the paced client. [D] */
export function createImportService(client: ServiceClient, store: BlobStoreDeps, target: ImportTarget): ImportService {
  let described: Promise<ImportPlace> | undefined
  const webApi = `${target.webUrl.replace(/\/+$/, '')}/_api`

  async function siteApi(signal: AbortSignal): Promise<string> {
    described ??= describe(client, webApi, target, signal)
    const place = await described.catch((thrown: unknown) => {
      described = undefined
      throw thrown
    })
    return `${place.siteUrl}/_api/site`
  }

  return {
    async describe(signal) {
      await siteApi(signal)
      return (await described) as ImportPlace
    },
    async folderId(path, signal) {
      return (await readFolder(client, webApi, path, signal))?.id
    },
    has: ({ kind, serverRelativePath: path }, signal) => exists(client, webApi, { kind, path }, signal),
    isVisible: (path, signal) => isVisible(client, target, path, signal),
    person: (upn, signal) => ensurePerson(client, webApi, upn, signal),
    setPeople: (file, signal) => setPeople(client, webApi, file, signal),
    stableId,
    async provision(signal) {
      const what = 'The containers for a package'
      const api = await siteApi(signal)
      const reply = await allowed(() =>
        rest(client, { method: 'POST', url: `${api}/ProvisionMigrationContainers`, what, isRepeatable: true, signal }),
      )
      const found = readAnswer(containersSchema, unwrap(reply.body, 'ProvisionMigrationContainers'), what)
      const expiry = timeOf(URL.parse(found.DataContainerUri)?.searchParams.get('se') ?? undefined)
      return {
        dataUri: found.DataContainerUri,
        manifestUri: found.MetadataContainerUri,
        encryptionKey: found.EncryptionKey,
        expiresAtMs: expiry ?? client.now() + CONTAINER_LIFE_MS,
      }
    },
    async submit(containers, signal) {
      const what = 'The import job'
      const [api, place] = [await siteApi(signal), (await described) as ImportPlace]
      const reply = await allowed(() =>
        rest(client, {
          method: 'POST',
          url: `${api}/CreateMigrationJobEncrypted`,
          body: {
            kind: 'json',
            value: {
              gWebId: place.webId,
              azureContainerSourceUri: containers.dataUri,
              azureContainerManifestUri: containers.manifestUri,
              azureQueueReportUri: null,
              options: { AES256CBCKey: containers.encryptionKey },
            },
          },
          what,
          isRepeatable: false,
          signal,
        }),
      )
      const jobId = readJobId(reply.body, what)
      if (jobId !== undefined) return jobId
      throw new MigrationError('JOB_NOT_TAKEN', 'The service did not take the import job.', { remedy: { kind: 'failItem' } })
    },
    progress(jobId, nextToken, signal) {
      const what = `The progress of import job ${jobId}`
      return client.retry(async () => {
        const token = /^\d+$/.test(nextToken) ? nextToken : `'${encodeURIComponent(nextToken)}'`
        const url = `${await siteApi(signal)}/GetMigrationJobProgress(jobId='${jobId}',nextToken=${token})`
        const reply = await rest(client, { url, what, isRepeatable: true, accepts: [404, 500], signal })
        if (reply.status === 200) {
          const page = readAnswer(progressSchema, unwrap(reply.body, 'GetMigrationJobProgress'), what)
          return { kind: 'events', lines: page.Logs, nextToken: page.NextToken ?? page.nextToken ?? nextToken } as const
        }
        const { codes, message } = readErrorBody(reply.body)
        const isUnknown = codes.some((code) => UNKNOWN_JOB_CODES.has(code)) || /job not found/i.test(message)
        if (isUnknown) return { kind: 'unknown' } as const
        throw new MigrationError('DST_UNAVAILABLE', `${what} could not be read (${reply.status}).`, {
          remedy: { kind: 'retry' },
          status: reply.status,
        })
      }, signal)
    },
    blobs: (containers) => createPackageBlobs(store, containers),
  }
}

async function describe(client: ServiceClient, webApi: string, target: ImportTarget, signal: AbortSignal): Promise<ImportPlace> {
  const what = 'The library for imports'
  const read = (url: string) => allowed(() => rest(client, { url, what, isRepeatable: true, isForWholeTask: true, signal }))
  const web = readAnswer(webSchema, plain((await read(`${webApi}/web?$select=Id,ServerRelativeUrl`)).body), what)
  const site = readAnswer(siteCollectionSchema, plain((await read(`${webApi}/site?$select=Url`)).body), what)
  const members = ['UniqueId', 'Name', 'TimeCreated', 'TimeLastModified'].map((name) => `RootFolder/${name}`).join(',')
  const listUrl = `${webApi}/web/GetList(@u)?@u='${restPath(target.libraryPath)}'&$select=Id,Title,${members}&$expand=RootFolder`
  const list = readAnswer(restListSchema, plain((await read(listUrl)).body), what)
  const webPath = web.ServerRelativeUrl.replace(/^\/+|\/+$/g, '')
  const chain: ExistingFolder[] = []
  let path = target.libraryPath
  for (const name of target.placePath.slice(target.libraryPath.length).split('/')) {
    if (name === '') continue
    path = `${path}/${name}`
    const folder = await readFolder(client, webApi, path, signal)
    if (!folder) throw notAllowed(`SharePoint does not show the folder ${path}.`)
    chain.push(folder)
  }
  return {
    siteUrl: site.Url.replace(/\/+$/, ''),
    webId: web.Id,
    webPath,
    // The folder of the web itself is above the library; a front end that does not show it is told the web's id.
    webRootFolderId: (await readFolder(client, webApi, webPath, signal))?.id ?? web.Id,
    listId: list.Id,
    listTitle: list.Title,
    rootFolder: existingFolder({
      ...list.RootFolder,
      Name: serverRelativePath(`https://x/${target.libraryPath}`).split('/').at(-1) ?? '',
    }),
    chain,
  }
}

async function readFolder(
  client: ServiceClient,
  webApi: string,
  path: string,
  signal: AbortSignal,
): Promise<ExistingFolder | undefined> {
  const what = `The folder ${path}`
  const url = `${webApi}/web/GetFolderByServerRelativePath(decodedurl='${restPath(path)}')?$select=UniqueId,Name,TimeCreated,TimeLastModified,Exists`
  const reply = await rest(client, { url, what, isRepeatable: true, accepts: [400, 404], signal })
  if (reply.status !== 200) return undefined
  const folder = readAnswer(restFolderSchema, plain(reply.body), what)
  return folder.Exists === false ? undefined : existingFolder(folder)
}

function existingFolder(folder: {
  UniqueId: string
  Name: string
  TimeCreated?: string | undefined
  TimeLastModified?: string | undefined
}) {
  return {
    id: folder.UniqueId,
    name: folder.Name,
    createdMs: timeOf(folder.TimeCreated),
    modifiedMs: timeOf(folder.TimeLastModified),
  }
}

async function exists(
  client: ServiceClient,
  webApi: string,
  item: { readonly kind: 'file' | 'folder'; readonly path: string },
  signal: AbortSignal,
): Promise<boolean> {
  if (item.kind === 'folder') return (await readFolder(client, webApi, item.path, signal)) !== undefined
  const url = `${webApi}/web/GetFileByServerRelativePath(decodedurl='${restPath(item.path)}')?$select=UniqueId`
  const reply = await rest(client, { url, what: `The file ${item.path}`, isRepeatable: true, accepts: [404], signal })
  return reply.status === 200
}

/** Paths answer at once, listings late: the folder is listed, because listings are what the proof is made from. [B.7] */
async function isVisible(client: ServiceClient, target: ImportTarget, path: string, signal: AbortSignal): Promise<boolean> {
  const names = path
    .slice(target.libraryPath.length)
    .split('/')
    .filter((name) => name !== '')
  const name = names.pop() ?? ''
  // What no path can say is found by the listing only.
  if (!names.every(isAddressableByPath)) return true
  const root = `${graphPath.drive(target.driveId)}/root`
  const folder = names.length === 0 ? root : `${root}:/${names.map(encodeSegment).join('/')}:`
  const first = `${folder}/children?$select=id,name&$top=${CHILDREN_PAGE_ITEMS}`
  let place: string | undefined = first
  try {
    for (let pages = 0; place !== undefined && pages < LOOK_PAGES_MAX; pages++) {
      const page: Page = await readPage(client, place, { what: `The folder of ${path}`, signal })
      if (page.values.some((value) => sameName(nameSchema.safeParse(value).data?.name ?? '', name))) return true
      place = page.next
    }
  } catch (thrown) {
    if (thrown instanceof MigrationError && thrown.code === 'DST_NOT_FOUND') return false
    throw thrown
  }
  // A folder too wide to look through is left to the listing of everything.
  return place !== undefined
}

/** Whoever may not import may still upload: the refusal is one of this route only. [A.8] */
async function allowed<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (thrown) {
    if (!(thrown instanceof MigrationError)) throw thrown
    const isRefusal = thrown.code === 'DST_NO_ACCESS' || thrown.code === 'DST_NOT_FOUND' || thrown.code.startsWith('AUTH_')
    throw isRefusal ? notAllowed(thrown.message, thrown.status) : thrown
  }
}

function notAllowed(why: string, status?: number): MigrationError {
  return new MigrationError('JOB_NOT_ALLOWED', `This sign-in may not import into the library. ${why}`, {
    remedy: { kind: 'stopTask' },
    fix: 'Make the account a site collection administrator of the site, or give the app Sites.FullControl.All; or use --route session.',
    ...(status === undefined ? {} : { status }),
  })
}

function stableId(text: string): string {
  const bytes = createHash('sha1').update(ID_NAMESPACE).update(text, 'utf8').digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
