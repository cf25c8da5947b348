import { MigrationError } from '../../../shared/errors.ts'
import type { ImportContainers, ImportPerson, ImportPlace, ImportService, JobPage, PackageBlobs } from '../ports/importService.ts'
import type { MemoryDestination } from './memoryDestination.ts'

const PLACE_PATH = 'sites/finance/Shared Documents'
const GUID_OF = { web: '1', root: '2', list: '3', webRoot: '4' } as const
const guid = (digit: string): string => `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`

interface Job {
  readonly containers: string
  readonly lines: string[]
  /** Looks until it has run. */
  looksLeft: number
}

/** The Migration API of a library in memory: reads the manifest that it is given and imports what it says, once per job. */
export class MemoryImports implements ImportService {
  readonly blobsOf = new Map<string, Map<string, Uint8Array>>()
  /** Members by container and name of their archive. */
  readonly archivesOf = new Map<string, ReadonlyMap<string, Uint8Array>>()
  /** What the import does with archives: it reads them, ends the job, or passes over what is in them without a word. */
  archives: 'reads' | 'refuses' | 'skips' = 'reads'
  readonly jobs = new Map<string, Job>()
  /** Paths below the library that each job was given, in the order of the submissions. */
  readonly submissions: string[][] = []
  /** Refused by name, with these words. */
  poison: (path: string) => string | undefined = () => undefined
  /** Ends the job at once. */
  killer: (path: string) => boolean = () => false
  /** Left out without a word. */
  skips: (path: string) => boolean = () => false
  errorsMax = 100
  looksPerJob = 1
  /** Jobs are forgotten before they tell anything. */
  forgetsJobs = false
  readonly #destination: MemoryDestination
  #sequence = 0

  constructor(destination: MemoryDestination) {
    this.#destination = destination
    destination.imports = this
  }

  async describe(): Promise<ImportPlace> {
    const times = { createdMs: undefined, modifiedMs: undefined }
    return this.#call('describe', () => ({
      siteUrl: 'https://contoso.sharepoint.com/sites/finance',
      webId: guid(GUID_OF.web),
      webPath: 'sites/finance',
      webRootFolderId: guid(GUID_OF.webRoot),
      listId: guid(GUID_OF.list),
      listTitle: 'Documents',
      rootFolder: { id: guid(GUID_OF.root), name: 'Shared Documents', ...times },
      chain: [],
    }))
  }

  async folderId(path: string): Promise<string | undefined> {
    return this.#call('folderId', () => (this.#at(path) ? this.stableId(path) : undefined))
  }

  async has({ serverRelativePath }: { readonly serverRelativePath: string }): Promise<boolean> {
    return this.#call('has', () => this.#at(serverRelativePath) !== undefined)
  }

  async isVisible(path: string): Promise<boolean> {
    return this.#call('isVisible', () => this.#at(path) !== undefined)
  }

  /** Everybody at contoso.com exists. */
  async person(upn: string): Promise<ImportPerson | undefined> {
    return this.#call('person', () =>
      upn.endsWith('@contoso.com') ? { login: `i:0#.f|membership|${upn}`, name: upn, email: upn, systemId: 'U0lE' } : undefined,
    )
  }

  /** Who was named, by path below the library. */
  readonly people = new Map<string, { readonly author: string | undefined; readonly editor: string }>()

  async setPeople({
    serverRelativePath,
    author,
    editor,
  }: {
    readonly serverRelativePath: string
    readonly author: ImportPerson | undefined
    readonly editor: ImportPerson
  }): Promise<void> {
    return this.#call('setPeople', () => {
      if (this.#at(serverRelativePath) === undefined) throw new Error(`there is no ${serverRelativePath}`)
      const path = serverRelativePath.slice(PLACE_PATH.length + 1)
      this.people.set(path, { author: author?.email, editor: editor.email })
    })
  }

  stableId(text: string): string {
    let hash = 0xcbf29ce484222325n
    let hex = ''
    for (let round = 0; round < 2; round++) {
      for (const character of `${text}${round}`)
        hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0) ?? 0)) * 0x100000001b3n)
      hex += hash.toString(16).padStart(16, '0')
    }
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  }

  async provision(): Promise<ImportContainers> {
    return this.#call('provision', () => {
      const name = `container-${++this.#sequence}`
      this.blobsOf.set(name, new Map())
      return { dataUri: name, manifestUri: name, encryptionKey: 'key', expiresAtMs: Number.MAX_SAFE_INTEGER }
    })
  }

  async submit(containers: ImportContainers): Promise<string> {
    return this.#call('submit', () => {
      const jobId = guid((++this.#sequence).toString(16).slice(-1)).replace(/^.{8}/, String(this.#sequence).padStart(8, '0'))
      if ([...this.jobs.values()].some((job) => job.containers === containers.dataUri))
        throw new Error('containers are used once')
      this.jobs.set(jobId, { containers: containers.dataUri, lines: [], looksLeft: this.looksPerJob })
      this.submissions.push(this.#files(containers.dataUri).map(({ path }) => path))
      return jobId
    })
  }

  async progress(jobId: string, nextToken: string): Promise<JobPage> {
    return this.#call('progress', () => {
      const job = this.jobs.get(jobId)
      if (!job) return { kind: 'unknown' }
      if (job.looksLeft > 0 && --job.looksLeft === 0) this.#run(job)
      if (this.forgetsJobs) return { kind: 'unknown' }
      const start = Number(nextToken)
      return { kind: 'events', lines: job.lines.slice(start), nextToken: String(job.lines.length) }
    })
  }

  blobs(containers: ImportContainers): PackageBlobs {
    const blobs = this.blobsOf.get(containers.dataUri) ?? new Map<string, Uint8Array>()
    return {
      putContent: async ({ name, sizeBytes, content }) => {
        const bytes = await bytesOf(sizeBytes, content)
        return this.#call('putContent', () => {
          blobs.set(name, bytes)
          return { encryptedMd5: 'md5', sentBytes: sizeBytes }
        })
      },
      openArchive: (name) => {
        const members = new Map<string, Uint8Array>()
        return {
          add: async (member) => {
            members.set(member.name, await bytesOf(member.sizeBytes, member.content))
            return { md5: 'md5' }
          },
          store: async () =>
            this.#call('storeArchive', () => {
              blobs.set(name, new Uint8Array(0))
              this.archivesOf.set(`${containers.dataUri} ${name}`, members)
              return { quickXorHash: 'hash', sentBytes: 0 }
            }),
        }
      },
      putManifest: async (name, text) => this.#call('putManifest', () => void blobs.set(name, new TextEncoder().encode(text))),
      readLog: async () => this.#call('readLog', () => undefined),
    }
  }

  /** What the service does by itself: every job that was submitted runs, whether anybody looks at it or not. */
  runAll(): void {
    for (const job of this.jobs.values()) {
      if (job.looksLeft === 0) continue
      job.looksLeft = 0
      this.#run(job)
    }
  }

  #run(job: Job): void {
    const tell = (fields: Readonly<Record<string, string>>) => job.lines.push(JSON.stringify(fields))
    tell({ Event: 'JobQueued' })
    tell({ Event: 'JobStart', TotalRetryCount: '0' })
    for (const { path } of this.#objects(job.containers, 'Folder')) {
      const times = { createdMs: undefined, modifiedMs: undefined }
      this.#destination.bring({ kind: 'folder', path, bytes: new Uint8Array(0), times: { ...times, ...this.#times } })
    }
    let errors = 0
    let created = 0
    const archived = this.#archived(job.containers)
    if (archived.size > 0 && this.archives === 'refuses') {
      tell({ Event: 'JobFatalError', ErrorCode: '-2147024809', Message: "The archive 'archive-0.zip' cannot be read." })
      return
    }
    for (const file of this.#files(job.containers)) {
      if (this.killer(file.path)) {
        tell({ Event: 'JobFatalError', ErrorCode: '-2147213196', Message: 'The job cannot go on.', TotalErrors: '1' })
        return
      }
      if (archived.has(file.blob) && this.archives === 'skips') continue
      const bytes = archived.get(file.blob) ?? this.blobsOf.get(job.containers)?.get(file.blob)
      const words = this.poison(file.path) ?? (bytes ? undefined : 'Failed to download the blob')
      if (words === undefined && bytes && this.skips(file.path)) continue
      const isThere =
        words === undefined &&
        bytes !== undefined &&
        !this.#destination.bring({ kind: 'file', path: file.path, bytes, times: file.times })
      if (words === undefined && !isThere) {
        created++
        continue
      }
      tell({
        Event: 'JobError',
        ObjectType: 'File',
        Id: file.id,
        Url: '',
        ErrorCode: '-1',
        Message: words ?? 'The file already exists.',
      })
      if (++errors >= this.errorsMax) {
        tell({ Event: 'JobFatalError', Message: 'Operation canceled' })
        return
      }
    }
    tell({ Event: 'JobEnd', FilesCreated: String(created), TotalErrors: String(errors) })
  }

  readonly #times = { createdMs: Date.UTC(2019, 0, 1), modifiedMs: Date.UTC(2020, 1, 2) }

  #files(container: string) {
    return this.#objects(container, 'File').map(({ path, attributes }) => ({
      path,
      id: attributes.Id ?? '',
      blob: attributes.FileValue ?? '',
      times: { createdMs: Date.parse(attributes.TimeCreated ?? ''), modifiedMs: Date.parse(attributes.TimeLastModified ?? '') },
    }))
  }

  /** Members that the documents of a package name, and that are there. */
  #archived(container: string): ReadonlyMap<string, Uint8Array> {
    const document = this.blobsOf.get(container)?.get('ArchivedFiles.xml')
    const text = new TextDecoder().decode(document ?? new Uint8Array(0))
    const members = new Map<string, Uint8Array>()
    for (const [, name, files = ''] of text.matchAll(/<ArchivedFile Name="([^"]*)"[^>]*>(.*?)<\/ArchivedFile>/g)) {
      for (const [, member = ''] of files.matchAll(/FileValue="([^"]*)"/g)) {
        const bytes = this.archivesOf.get(`${container} ${name}`)?.get(member)
        if (bytes) members.set(member, bytes)
      }
    }
    return members
  }

  /** Elements of the manifest, below the library's root. */
  #objects(container: string, name: string) {
    const bytes = this.blobsOf.get(container)?.get('Manifest.xml')
    const found = new TextDecoder().decode(bytes ?? new Uint8Array(0)).matchAll(new RegExp(`<${name} ([^>]*)>`, 'g'))
    return [...found].flatMap(([, text = '']) => {
      const attributes: Record<string, string> = {}
      for (const [, key = '', value = ''] of text.matchAll(/(\w+)="([^"]*)"/g)) attributes[key] = plainText(value)
      const path = (attributes.Url ?? '').replace(/^Shared Documents\/?/, '')
      return path === '' ? [] : [{ path, attributes }]
    })
  }

  #at(serverRelativePath: string) {
    return this.#destination.at(serverRelativePath.slice(PLACE_PATH.length + 1))
  }

  #call<T>(name: string, act: () => T): T {
    this.#destination.onCall({ verb: 'imports', when: 'before', name })
    const result = act()
    this.#destination.onCall({ verb: 'imports', when: 'after', name })
    return result
  }
}

async function bytesOf(sizeBytes: number, content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes)
  let filled = 0
  for await (const chunk of content) {
    bytes.set(chunk, filled)
    filled += chunk.length
  }
  return bytes
}

const plainText = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')

export const lostAnswer = () => new MigrationError('NET_INTERRUPTED', 'the answer was lost', { remedy: { kind: 'lookFirst' } })
