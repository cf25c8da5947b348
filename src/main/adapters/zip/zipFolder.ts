import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { Zip, ZipDeflate } from 'fflate'

const CHUNK_BYTES = 256 * 1024

/**
 * Packs files into one archive that Explorer, Excel and every unzip read; memory stays flat whatever their size. The archive appears whole
 * under its name or not at all. Names inside are UTF-8 with forward slashes.
 */
export async function zipFiles(
  files: readonly { readonly path: string; readonly name: string }[],
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const unfinished = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.unfinished`)
  const output = fs.createWriteStream(unfinished, { flags: 'wx' })
  let failure: unknown
  output.on('error', (error) => {
    failure = error
  })
  try {
    const archive = new Zip((error, chunk) => {
      if (error) failure = error
      else output.write(chunk)
    })
    for (const file of files) {
      const entry = new ZipDeflate(file.name.split(path.sep).join('/'), { level: 6 })
      archive.add(entry)
      for await (const chunk of fs.createReadStream(file.path, { highWaterMark: CHUNK_BYTES })) {
        signal.throwIfAborted()
        entry.push(chunk as Buffer)
        if (failure) throw failure
        if (output.writableNeedDrain) await once(output, 'drain', { signal })
      }
      entry.push(new Uint8Array(0), true)
    }
    archive.end()
    output.end()
    await once(output, 'close', { signal })
    if (failure) throw failure
    await fs.promises.rename(unfinished, target)
  } catch (thrown) {
    output.destroy()
    await fs.promises.rm(unfinished, { force: true })
    throw thrown
  }
}
