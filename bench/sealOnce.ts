import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { CipherThreads } from '../src/main/adapters/blob/cipherThreads.ts'
import { createPackageBlobs } from '../src/main/adapters/blob/packageBlobs.ts'
import { createFileShareSource } from '../src/main/adapters/fileshare/fileShareSource.ts'
import { createQuickXorHasher } from '../src/main/adapters/hash/quickXorHash.ts'
import { createPools } from '../src/main/adapters/network/pools.ts'
import { proxyFromEnvironment } from '../src/main/adapters/network/proxy.ts'
import { createSocketMap } from '../src/main/adapters/network/socketMap.ts'
import { BLOB_BLOCK_BYTES } from '../src/shared/limits.ts'

/**
 * All files of a folder at once through the client's side of a container: `sealOnce.ts threads|main|bare PORT CA_FILE FOLDER` prints the
 * seconds. `bare` reads and puts the same blocks without hash and cipher.
 */

const [mode = '', port = '', caFile = '', folder = ''] = process.argv.slice(2)
const host = 'sink.blob.core.windows.net'
const sockets = createSocketMap({
  network: { map: [{ host, address: '127.0.0.1', port: Number(port) }] },
  extraCa: fs.readFileSync(caFile, 'utf8'),
  proxies: proxyFromEnvironment({}),
})
const pools = createPools(sockets)
const ciphers = new CipherThreads(mode === 'threads' ? undefined : 0)
const signal = new AbortController().signal
const uri = `https://${host}/container?sig=none`
const blobs = createPackageBlobs(
  { pools, sockets, ciphers, retry: (operation) => operation() },
  { dataUri: uri, manifestUri: uri, encryptionKey: randomBytes(32).toString('base64'), expiresAtMs: 0 },
)
const source = createFileShareSource({ path: folder })

async function seal(name: string): Promise<void> {
  const open = await source.open(name, signal)
  const hasher = createQuickXorHasher()
  const content = async function* () {
    for await (const chunk of open.read(0, open.stamp.sizeBytes, signal)) {
      hasher.update(chunk)
      yield chunk
      open.release?.(chunk)
    }
  }
  await blobs.putContent({ name, sizeBytes: open.stamp.sizeBytes, content: content() }, signal)
  hasher.digest()
  await open.close()
}

async function putBare(name: string): Promise<void> {
  const handle = await fs.promises.open(path.join(folder, name))
  const { size } = await handle.stat()
  let next = 0
  const worker = async (): Promise<void> => {
    const body = Buffer.allocUnsafeSlow(BLOB_BLOCK_BYTES)
    for (let start = next; start < size; start = next) {
      next = start + BLOB_BLOCK_BYTES
      const { bytesRead } = await handle.read(body, 0, body.length, start)
      const reply = await pools
        .of(`https://${host}`)
        .request({ method: 'PUT', path: `/container/${name}`, body: body.subarray(0, bytesRead) })
      await reply.body.dump()
    }
  }
  await Promise.all([worker(), worker(), worker()])
  await handle.close()
}

const startedAt = performance.now()
await Promise.all(fs.readdirSync(folder).map(mode === 'bare' ? putBare : seal))
console.log(
  JSON.stringify({ seconds: (performance.now() - startedAt) / 1000, peakMb: Math.round(process.resourceUsage().maxRSS / 1024) }),
)
await Promise.all([pools.close(), ciphers.close()])
sockets.close()
