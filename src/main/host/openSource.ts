import type { SourceSpec } from '../../shared/domain/task.ts'
import { createFileShareSource } from '../adapters/fileshare/fileShareSource.ts'
import { parseSmbPath, type SmbPlace, uncOf } from '../adapters/smb/smbPath.ts'
import { createSmbSource } from '../adapters/smb/smbSource.ts'
import { connectedSource, connectShare, windowsSharePlace } from '../adapters/windows/shareConnection.ts'
import { type WindowsApi, windowsApi } from '../adapters/windows/windowsApi.ts'
import type { Source } from '../engine/ports/source.ts'
import type { HostEnvironment } from './createHost.ts'
import { createShareCredentials } from './shareCredentials.ts'

interface SourceSystem {
  readonly platform: NodeJS.Platform
  readonly windows: () => Pick<WindowsApi, 'addConnection'>
}

const thisSystem: SourceSystem = { platform: process.platform, windows: windowsApi }

/**
 * Opens what a task names: a folder as the system shows it, or, where the system knows no such paths, a share by its own client. For shares,
 * the credentials that a person has stored count; on Windows the system gets them before anything is read, and where none are stored it
 * signs in itself. Errors: SRC_NO_ACCESS_LISTS for saved lists that cannot be read.
 */
export function sourceOpener(
  environment: Pick<HostEnvironment, 'workFolder' | 'keyring'>,
  { platform, windows }: SourceSystem = thisSystem,
): (spec: SourceSpec) => Source {
  const credentials = createShareCredentials(environment)
  return (spec) => {
    const place = parseSmbPath(spec.path)
    if (platform === 'win32') {
      const source = createFileShareSource(place === undefined ? spec : { ...spec, path: uncOf(place) })
      const share = windowsSharePlace(spec.path)
      if (share === undefined) return source
      return connectedSource(source, async () => {
        const login = await credentials.find(share)
        if (login !== undefined) await connectShare(windows(), share, login)
      })
    }
    if (place === undefined) return createFileShareSource(spec)
    return createSmbSource({ ...spec, place, login: (wanted) => credentials.find(wanted) })
  }
}

/** The share that this install would open by itself; undefined for folders, and on Windows, where the system opens shares. */
export function ownShareOf(path: string): SmbPlace | undefined {
  return process.platform === 'win32' ? undefined : parseSmbPath(path)
}

/** Whether a path is of a file server, whoever opens it. */
export const isShare = (path: string): boolean =>
  (process.platform === 'win32' ? windowsSharePlace(path) : ownShareOf(path)) !== undefined
