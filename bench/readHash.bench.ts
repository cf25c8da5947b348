import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createFileShareSource } from '../src/main/adapters/fileshare/fileShareSource.ts'
import { createQuickXorHasher } from '../src/main/adapters/hash/quickXorHash.ts'
import { GIB, MIB } from '../src/shared/units.ts'
import { type Bench, interleave, rowOf } from './measure.ts'

const FILE_BYTES = GIB
const BUFFER_BYTES = MIB

/** Goal: ≥ 0.75 of reading alone [performance.md]. */
export const readHashBench: Bench = {
  name: 'read-hash',
  about: 'reading a 1 GB file through the source with QuickXorHash, against reading alone',
  async run() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-bench-read-'))
    try {
      const file = path.join(folder, 'big.bin')
      const chunk = Buffer.alloc(16 * MIB, 'portage')
      const output = fs.openSync(file, 'w')
      for (let written = 0; written < FILE_BYTES; written += chunk.length) fs.writeSync(output, chunk)
      fs.closeSync(output)
      const source = createFileShareSource({ path: folder })
      const rates = await interleave(
        [
          {
            name: 'read only',
            async turn() {
              const handle = await fs.promises.open(file)
              const buffer = Buffer.alloc(BUFFER_BYTES)
              const startedAt = performance.now()
              for (let position = 0; position < FILE_BYTES; )
                position += (await handle.read(buffer, 0, BUFFER_BYTES, position)).bytesRead
              const seconds = (performance.now() - startedAt) / 1000
              await handle.close()
              return FILE_BYTES / GIB / seconds
            },
          },
          {
            name: 'read-hash',
            async turn() {
              const signal = new AbortController().signal
              const opened = await source.open('big.bin', signal)
              const hasher = createQuickXorHasher()
              const startedAt = performance.now()
              for await (const bytes of opened.read(0, FILE_BYTES, signal)) {
                hasher.update(bytes)
                opened.release?.(bytes)
              }
              hasher.digest()
              const seconds = (performance.now() - startedAt) / 1000
              await opened.close()
              return FILE_BYTES / GIB / seconds
            },
          },
        ],
        7,
      )
      return [
        rowOf(rates, 'read-hash', { unit: 'GB/s', against: 'read only' }),
        rowOf(rates, 'read only', { unit: 'GB/s', against: 'read only' }),
      ]
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  },
}
