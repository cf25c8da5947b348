import { createHash } from 'node:crypto'
import { Client, PageIterator } from '@microsoft/microsoft-graph-client'
import { Agent, buildConnector, setGlobalDispatcher } from 'undici'
import { z } from 'zod'

const itemSchema = z.object({
  id: z.string(),
  name: z.string(),
  size: z.number().optional(),
  folder: z.object({ childCount: z.number() }).optional(),
  createdDateTime: z.string(),
  fileSystemInfo: z.object({ lastModifiedDateTime: z.string() }),
})

/** A file or folder as Microsoft's own client reads it back. */
export interface ReadBack {
  readonly id: string
  readonly parentId: string
  readonly name: string
  /** Below the folder that was read, `/` between folders. */
  readonly path: string
  readonly isFolder: boolean
  readonly sizeBytes: number
  readonly modifiedMs: number
  /** When the service stored it first. */
  readonly createdMs: number
  /** Hex; '' for folders. */
  readonly sha256: string
  readonly versionCount: number
}

/** Microsoft's Graph client, unmodified; only the socket goes to the practice tenant. */
export function graphClient(options: {
  readonly port: number
  readonly ca: string
  readonly token: string | (() => Promise<string>)
}): Client {
  const connect = buildConnector({ ca: options.ca })
  setGlobalDispatcher(
    new Agent({
      connections: 16,
      connect(request, done) {
        connect({ ...request, hostname: '127.0.0.1', port: String(options.port), servername: request.hostname }, done)
      },
    }),
  )
  const { token } = options
  if (typeof token === 'string') return Client.init({ authProvider: (done) => done(null, token) })
  return Client.initWithMiddleware({ authProvider: { getAccessToken: token } })
}

/**
 * Reads a whole library back: names, times, bytes and the number of versions of every item below `root` (a Graph path of a folder).
 * `onContent` gets the bytes of each file.
 */
export async function readBack(
  client: Client,
  root: string,
  onContent: (path: string, content: Buffer) => void = () => undefined,
): Promise<ReadonlyMap<string, ReadBack>> {
  const found = new Map<string, ReadBack>()
  const { id: rootId, parentReference } = z
    .object({ id: z.string(), parentReference: z.object({ driveId: z.string() }) })
    .parse(await client.api(root).get())
  const drive = `/drives/${parentReference.driveId}/items`
  const walk = async (parentId: string, below: string): Promise<void> => {
    const children: z.infer<typeof itemSchema>[] = []
    const page: unknown = await client.api(`${drive}/${parentId}/children`).top(200).get()
    await new PageIterator(client, z.looseObject({ value: z.array(z.unknown()) }).parse(page), (item: unknown) => {
      children.push(itemSchema.parse(item))
      return true
    }).iterate()
    for (const child of children) {
      const path = below === '' ? child.name : `${below}/${child.name}`
      const isFolder = child.folder !== undefined
      const known = {
        id: child.id,
        parentId,
        name: child.name,
        path,
        isFolder,
        modifiedMs: Date.parse(child.fileSystemInfo.lastModifiedDateTime),
        createdMs: Date.parse(child.createdDateTime),
      }
      if (isFolder) {
        found.set(path, { ...known, sizeBytes: 0, sha256: '', versionCount: 0 })
        await walk(child.id, path)
        continue
      }
      const content = Buffer.from(
        z.instanceof(ArrayBuffer).parse(
          await client
            .api(`${drive}/${child.id}/content`)
            .responseType('arraybuffer' as never)
            .get(),
        ),
      )
      onContent(path, content)
      const versions = z.object({ value: z.array(z.unknown()) }).parse(await client.api(`${drive}/${child.id}/versions`).get())
      found.set(path, {
        ...known,
        sizeBytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
        versionCount: versions.value.length,
      })
    }
  }
  await walk(rootId, '')
  return found
}
