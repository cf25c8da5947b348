import { randomBytes } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'

const OWNER_ONLY = 0o600

const isErrno = (thrown: unknown, code: string): boolean => thrown instanceof Error && 'code' in thrown && thrown.code === code

/** undefined = there is none. */
export async function readPrivateFile(file: string): Promise<string | undefined> {
  try {
    return await fs.readFile(file, 'utf8')
  } catch (thrown) {
    if (isErrno(thrown, 'ENOENT')) return undefined
    throw thrown
  }
}

/** The file is there whole or not at all, readable by this account only (on Windows by whom the folder lets). */
export async function replacePrivateFile(file: string, text: string): Promise<void> {
  await viaUnfinished(file, text, (unfinished) => fs.rename(unfinished, file))
}

/** The same, unless the file exists: then it stays. Of several at once, exactly one wins. True = it was this one. */
export async function addPrivateFile(file: string, text: string): Promise<boolean> {
  try {
    await viaUnfinished(file, text, (unfinished) => fs.link(unfinished, file))
    return true
  } catch (thrown) {
    if (isErrno(thrown, 'EEXIST')) return false
    throw thrown
  }
}

async function viaUnfinished(file: string, text: string, finish: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString('hex')}.unfinished`)
  try {
    const handle = await fs.open(unfinished, 'wx', OWNER_ONLY)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await finish(unfinished)
  } finally {
    await fs.rm(unfinished, { force: true })
  }
}
