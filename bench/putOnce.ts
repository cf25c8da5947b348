import fs from 'node:fs'
import { Agent, request } from 'undici'
import { z } from 'zod'
import { FRAGMENT_BYTES } from '../src/shared/limits.ts'

/** The fragments of one file through one upload session and nothing else: `putOnce.ts PORT CA_FILE TOKEN DRIVE_PATH FILE`. */

const [port = '', caFile = '', token = '', drivePath = '', file = ''] = process.argv.slice(2)
const host = 'graph.microsoft.com'
const dispatcher = (name: string) => new Agent({ connect: { ca: fs.readFileSync(caFile), servername: name } })
const at = (url: string) => {
  const { hostname, pathname, search } = new URL(url)
  return { origin: `https://127.0.0.1:${port}`, path: pathname + search, dispatcher: dispatcher(hostname), host: hostname }
}

const created = at(`https://${host}/v1.0${drivePath}:/createUploadSession`)
const session = await request(created.origin + created.path, {
  dispatcher: created.dispatcher,
  method: 'POST',
  headers: { host: created.host, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: '{}',
})
const { uploadUrl } = z.object({ uploadUrl: z.string() }).parse(await session.body.json())
const upload = at(uploadUrl)
const handle = await fs.promises.open(file)
const { size } = await handle.stat()
const buffer = Buffer.alloc(FRAGMENT_BYTES)
for (let start = 0; start < size; ) {
  const { bytesRead } = await handle.read(buffer, 0, FRAGMENT_BYTES, start)
  const reply = await request(upload.origin + upload.path, {
    dispatcher: upload.dispatcher,
    method: 'PUT',
    headers: { host: upload.host, 'content-range': `bytes ${start}-${start + bytesRead - 1}/${size}` },
    body: buffer.subarray(0, bytesRead),
  })
  const text = await reply.body.text()
  if (reply.statusCode >= 300) throw new Error(`${reply.statusCode}: ${text}`)
  start += bytesRead
}
await handle.close()
await created.dispatcher.close()
await upload.dispatcher.close()
