import type { SourceSpec } from '../../shared/domain/task.ts'
import { createFileShareSource } from '../adapters/fileshare/fileShareSource.ts'
import { parseSmbPath, type SmbPlace, uncOf } from '../adapters/smb/smbPath.ts'
import { createSmbSource } from '../adapters/smb/smbSource.ts'
import type { Source } from '../engine/ports/source.ts'
import type { HostEnvironment } from './createHost.ts'
import { createShareCredentials } from './shareCredentials.ts'

/**
 * Opens what a task names: a folder as the system shows it, or, where the system knows no such paths, a share by its own client with the
 * credentials that a person has stored. Errors: SRC_NO_ACCESS_LISTS for saved lists that cannot be read.
 */
export function sourceOpener(environment: Pick<HostEnvironment, 'workFolder' | 'keyring'>): (spec: SourceSpec) => Source {
  const credentials = createShareCredentials(environment)
  return (spec) => {
    const place = parseSmbPath(spec.path)
    if (place === undefined) return createFileShareSource(spec)
    if (process.platform === 'win32') return createFileShareSource({ ...spec, path: uncOf(place) })
    return createSmbSource({ ...spec, place, login: (wanted) => credentials.find(wanted) })
  }
}

/** The share that this install would open by itself; undefined for folders, and on Windows, which opens shares itself. */
export function shareOf(path: string): SmbPlace | undefined {
  return process.platform === 'win32' ? undefined : parseSmbPath(path)
}
