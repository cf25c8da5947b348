import type http from 'node:http'
import { readXml, type XmlElement } from '../package/xmlReader.ts'
import type { StorageEngine, StorageRequest } from './azurite.ts'

/** A blob as the import finds it: its latest snapshot, or the blob itself where none was taken. */
export interface PackageBlob {
  readonly name: string
  readonly snapshot: string | undefined
  readonly sizeBytes: number
  /** Base64; as stored with the blob. */
  readonly contentMd5: string | undefined
  /** Base64; metadata `IV`. */
  readonly initializationVector: string | undefined
}

export class StorageFailure extends Error {
  readonly status: number
  constructor(status: number, name: string) {
    super(`The remote server returned an error: (${status}) for the blob '${name}'.`)
    this.name = 'StorageFailure'
    this.status = status
  }
}

/** What the import service does in the containers, with the key of the account. */
export interface PackageBlobs {
  createContainer(container: string): Promise<void>
  /** Every blob of a container by name. */
  list(container: string): Promise<ReadonlyMap<string, PackageBlob>>
  /** The bytes of a listed blob. Throws StorageFailure. */
  open(container: string, blob: PackageBlob, signal: AbortSignal): Promise<http.IncomingMessage>
  readAll(container: string, blob: PackageBlob, signal: AbortSignal): Promise<Buffer>
  /** Stores a small blob with its IV and takes a snapshot of it. */
  write(container: string, name: string, data: Buffer, initializationVector: Buffer): Promise<void>
}

export function createPackageBlobs(storage: StorageEngine): PackageBlobs {
  async function put(target: Omit<StorageRequest, 'method'>): Promise<void> {
    const answer = await storage.send({ ...target, method: 'PUT' })
    answer.resume()
    if ((answer.statusCode ?? 500) >= 300) throw new StorageFailure(answer.statusCode ?? 500, target.path)
  }

  async function open(container: string, blob: PackageBlob, signal: AbortSignal): Promise<http.IncomingMessage> {
    const answer = await storage.send({
      method: 'GET',
      path: pathOf(container, blob.name),
      query: blob.snapshot === undefined ? {} : { snapshot: blob.snapshot },
      signal,
    })
    if (answer.statusCode === 200) return answer
    answer.resume()
    throw new StorageFailure(answer.statusCode ?? 500, blob.name)
  }

  return {
    async createContainer(container) {
      await put({ path: `/${container}`, query: { restype: 'container' } })
    },
    async list(container) {
      const found = new Map<string, PackageBlob>()
      let marker = ''
      do {
        const answer = await storage.send({
          method: 'GET',
          path: `/${container}`,
          query: { restype: 'container', comp: 'list', include: 'snapshots,metadata', ...(marker === '' ? {} : { marker }) },
        })
        const text = (await readBody(answer)).toString('utf8')
        if (answer.statusCode !== 200) throw new StorageFailure(answer.statusCode ?? 500, container)
        marker = readListing(text, (blob) => {
          const known = found.get(blob.name)
          if (known === undefined || (known.snapshot ?? '') < (blob.snapshot ?? '')) found.set(blob.name, blob)
        })
      } while (marker !== '')
      return found
    },
    open,
    async readAll(container, blob, signal) {
      return readBody(await open(container, blob, signal))
    },
    async write(container, name, data, initializationVector) {
      const path = pathOf(container, name)
      await put({
        path,
        headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-meta-iv': initializationVector.toString('base64') },
        body: data,
      })
      await put({ path, query: { comp: 'snapshot' } })
    },
  }
}

function pathOf(container: string, name: string): string {
  return `/${container}/${name.split('/').map(encodeURIComponent).join('/')}`
}

async function readBody(answer: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
}

/** Hands over every blob of a page and returns the marker of the next one, '' on the last. */
function readListing(text: string, onBlob: (blob: PackageBlob) => void): string {
  const path: string[] = []
  let marker = ''
  let fields: Record<string, string> = {}
  readXml(text, {
    open({ name }: XmlElement) {
      path.push(name)
      if (name === 'Blob') fields = {}
    },
    text(part) {
      const name = path.at(-1) ?? ''
      if (path.length === 2 && name === 'NextMarker') marker += part
      const field = path.at(-2) === 'Metadata' ? `meta-${name.toLowerCase()}` : name
      if (path[2] === 'Blob') fields[field] = (fields[field] ?? '') + part
    },
    close() {
      if (path.pop() !== 'Blob' || fields.Name === undefined) return
      onBlob({
        name: fields.Name,
        snapshot: fields.Snapshot,
        sizeBytes: Number(fields['Content-Length'] ?? 0),
        contentMd5: fields['Content-MD5'],
        initializationVector: fields['meta-iv'],
      })
    },
  })
  return marker
}
