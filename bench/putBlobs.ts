import fs from 'node:fs'
import path from 'node:path'
import { Agent, request } from 'undici'
import { z } from 'zod'
import { BLOB_BLOCK_BYTES, BLOB_SINGLE_PUT_MAX_BYTES } from '../src/shared/limits.ts'

/**
 * Every file of a folder as a blob in a provided container, read once and put, and nothing else: no cipher, no hash, no snapshot.
 * `putBlobs.ts PORT CA_FILE TOKEN SITE FOLDER`.
 */

const REQUESTS_IN_FLIGHT = 16
const [port = '', caFile = '', token = '', site = '', folder = ''] = process.argv.slice(2)
const ca = fs.readFileSync(caFile)

function reach(url: string) {
  const { hostname, pathname, search } = new URL(url)
  const dispatcher = new Agent({ connections: REQUESTS_IN_FLIGHT, connect: { ca, servername: hostname } })
  return { host: hostname, pathname, search, dispatcher }
}

const sharePoint = reach(`${site}/_api/site/ProvisionMigrationContainers`)
const provided = await request(`https://127.0.0.1:${port}${sharePoint.pathname}`, {
  dispatcher: sharePoint.dispatcher,
  method: 'POST',
  headers: { host: sharePoint.host, authorization: `Bearer ${token}`, accept: 'application/json;odata=nometadata' },
})
const container = reach(z.object({ DataContainerUri: z.string() }).parse(await provided.body.json()).DataContainerUri)

async function put(blob: string, query: string, body: Buffer): Promise<void> {
  const separator = container.search === '' ? '?' : '&'
  const reply = await request(
    `https://127.0.0.1:${port}${container.pathname}/${encodeURIComponent(blob)}${container.search}${separator}${query}`,
    {
      dispatcher: container.dispatcher,
      method: 'PUT',
      headers: { host: container.host, 'x-ms-version': '2018-03-28', 'x-ms-blob-type': 'BlockBlob' },
      body,
    },
  )
  const text = await reply.body.text()
  if (reply.statusCode >= 300) throw new Error(`${reply.statusCode}: ${text}`)
}

async function putBlocks(name: string, file: string, sizeBytes: number): Promise<void> {
  const handle = await fs.promises.open(file)
  const ids: string[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let start = next; start < sizeBytes; start = next) {
      next = start + BLOB_BLOCK_BYTES
      const id = Buffer.from(String(start / BLOB_BLOCK_BYTES).padStart(8, '0')).toString('base64')
      ids[start / BLOB_BLOCK_BYTES] = id
      const body = Buffer.allocUnsafe(Math.min(BLOB_BLOCK_BYTES, sizeBytes - start))
      await handle.read(body, 0, body.length, start)
      await put(name, `comp=block&blockid=${encodeURIComponent(id)}`, body)
    }
  }
  await Promise.all(Array.from({ length: 4 }, worker))
  await handle.close()
  const list = `<?xml version="1.0"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join('')}</BlockList>`
  await put(name, 'comp=blocklist', Buffer.from(list))
}

const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
let next = 0
const worker = async (): Promise<void> => {
  for (let index = next++; index < files.length; index = next++) {
    const entry = files[index]
    if (!entry) return
    const file = path.join(entry.parentPath, entry.name)
    const { size } = await fs.promises.stat(file)
    if (size > BLOB_SINGLE_PUT_MAX_BYTES) await putBlocks(`${index}.dat`, file, size)
    else await put(`${index}.dat`, '', await fs.promises.readFile(file))
  }
}
await Promise.all(Array.from({ length: REQUESTS_IN_FLIGHT }, worker))
await Promise.all([sharePoint.dispatcher.close(), container.dispatcher.close()])
