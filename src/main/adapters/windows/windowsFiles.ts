import { readFolderRecords, type WindowsEntry } from './folderRecords.ts'
import type { WindowsApi } from './windowsApi.ts'
import { WindowsError } from './windowsError.ts'

/** One answer holds some hundred entries: over a network a folder of thousands takes a handful of round trips instead of thousands. */
const RECORDS_BYTES = 64 * 1024
const NO_MORE_FILES = 18
const INVALID_HANDLE = -1

/** The entries of a folder in slices, each with size, times, attributes and id. Errors: WindowsError. */
export function* listFolder(api: WindowsApi, path: string): Generator<readonly WindowsEntry[]> {
  const handle = api.openFolder(path)
  if (Number(handle) === INVALID_HANDLE) throw new WindowsError('open folder', api.lastError())
  const buffer = Buffer.alloc(RECORDS_BYTES)
  try {
    while (api.nextRecords(handle, buffer)) {
      const entries = readFolderRecords(buffer)
      if (entries.length > 0) yield entries
    }
    const error = api.lastError()
    if (error !== NO_MORE_FILES) throw new WindowsError('list folder', error)
  } finally {
    api.close(handle)
  }
}

/** Owner, group and access list of a file or folder as SDDL. Errors: WindowsError. */
export function readSddl(api: WindowsApi, path: string): string {
  const descriptor = api.descriptor(path)
  if (typeof descriptor === 'number') throw new WindowsError('read security descriptor', descriptor)
  const sddl = api.toSddl(descriptor)
  if (typeof sddl === 'number') throw new WindowsError('read security descriptor', sddl)
  return sddl
}
