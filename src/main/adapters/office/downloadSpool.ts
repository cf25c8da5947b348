import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { MIB } from '../../../shared/units.ts'
import type { RandomAccess } from './zipDirectory.ts'

const MEMORY_BYTES_MAX = 16 * MIB
const CHUNK_BYTES = MIB
const TITLE = 'The file at the destination'

export interface Spool extends RandomAccess {
  close(): Promise<void>
}

/**
 * Takes a download whole, so that it can be read from anywhere: small ones in memory, others in a temporary file that only this account can
 * read and that `close` removes. When the download fails nothing is left.
 */
export async function spoolDownload(download: AsyncIterable<Uint8Array>): Promise<Spool> {
  const pieces: Uint8Array[] = []
  let sizeBytes = 0
  let file: TemporaryFile | undefined
  try {
    for await (const piece of download) {
      sizeBytes += piece.length
      if (file === undefined && sizeBytes > MEMORY_BYTES_MAX) {
        file = await createTemporaryFile()
        for (const held of pieces.splice(0)) await file.handle.write(held)
      }
      if (file === undefined) pieces.push(piece)
      else await file.handle.write(piece)
    }
  } catch (thrown) {
    await file?.remove()
    throw thrown
  }
  if (file === undefined) return inMemory(Buffer.concat(pieces))
  const { handle, remove } = file
  return {
    title: TITLE,
    sizeBytes,
    close: remove,
    async *read(start, end) {
      for (let at = start; at < end; ) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - at)), { position: at })
        if (bytesRead === 0) return
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    },
  }
}

function inMemory(bytes: Buffer): Spool {
  return {
    title: TITLE,
    sizeBytes: bytes.length,
    close: async () => undefined,
    async *read(start, end) {
      yield bytes.subarray(start, end)
    },
  }
}

interface TemporaryFile {
  readonly handle: fs.FileHandle
  readonly remove: () => Promise<void>
}

async function createTemporaryFile(): Promise<TemporaryFile> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'portage-compare-'))
  const handle = await fs.open(path.join(folder, 'download'), 'wx+', 0o600)
  return {
    handle,
    async remove() {
      await handle.close()
      await fs.rm(folder, { recursive: true, force: true })
    },
  }
}
