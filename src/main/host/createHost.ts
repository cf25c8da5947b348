import fs from 'node:fs'
import os from 'node:os'
import { MigrationError } from '../../shared/errors.ts'
import { type Connection, readConnectionFile } from '../adapters/network/connectionFile.ts'
import type { Keyring } from '../adapters/secrets/keyring.ts'
import { createSecretStore, type SecretStore } from '../adapters/secrets/secretStore.ts'
import { createService, type Service } from '../adapters/sharepoint/createService.ts'
import { createPauseFile } from '../adapters/sharepoint/pauseFile.ts'
import type { Clock, Logger, Random } from '../engine/ports/runtime.ts'
import { auditedTasks } from './auditedTasks.ts'
import { type AuditLog, createAuditLog } from './auditLog.ts'
import { createFleet, type Fleet, publishedHeads } from './fleet.ts'
import { createIdentities, type Identities } from './identities.ts'
import { forgettingCopies } from './journalCopies.ts'
import { steeringTasks } from './taskParts.ts'
import { createTasks, type Tasks } from './tasks.ts'
import { createWaves, type Waves } from './waves.ts'
import type { WorkFolder } from './workFolder.ts'

/** What a shell (CLI, headless server, Electron) provides. */
export interface HostEnvironment {
  readonly workFolder: WorkFolder
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** For interactive sign-in; absent where no browser can be opened. */
  readonly openUrl?: (url: string) => Promise<void>
  readonly showDeviceCode?: (message: string) => void
  /** Where the shell has a better one than the keyring of the operating system. */
  readonly keyring?: Keyring
}

/** One install, connected to its tenant. */
export interface Host {
  readonly environment: HostEnvironment
  readonly connection: Connection
  readonly secrets: SecretStore
  readonly service: Service
  /** What is done through it is noted in the audit. */
  readonly tasks: Tasks
  readonly fleet: Fleet
  readonly audit: AuditLog
  readonly waves: Waves
  readonly identities: Identities
  close(): Promise<void>
}

export async function createHost(environment: HostEnvironment): Promise<Host> {
  const { workFolder } = environment
  if (!fs.existsSync(workFolder.connectionFile)) {
    throw new MigrationError(
      'AUTH_NOT_CONNECTED',
      `This install is not connected to a tenant (work folder ${workFolder.path}).`,
      {
        remedy: { kind: 'stopTask' },
        fix: 'Run "portage connect" first; for practice: "portage tenant start" and connect to its connection file.',
      },
    )
  }
  return openHost(environment, await readConnectionFile(workFolder.connectionFile))
}

/** A host for a connection that is not stored (yet). */
export async function openHost(environment: HostEnvironment, connection: Connection): Promise<Host> {
  const secrets = await createSecretStore({
    folder: environment.workFolder.path,
    ...(environment.keyring ? { keyring: environment.keyring } : {}),
  })
  const { workFolder, clock, logger } = environment
  const service = await createService({
    connection,
    pauses: createPauseFile({ file: workFolder.pauseFile(connection), clock, logger }),
    secrets,
    clock: environment.clock,
    random: environment.random,
    logger: environment.logger,
    ...(environment.openUrl ? { openUrl: environment.openUrl } : {}),
    ...(environment.showDeviceCode ? { showDeviceCode: ({ message }) => environment.showDeviceCode?.(message) } : {}),
  })
  const who = `${os.userInfo().username}@${os.hostname()}`
  const serverNow = () => service.coordination.serverNow()
  const { coordination, agents, settings } = service
  const audit = createAuditLog({
    list: service.audit,
    workFolder,
    who,
    serverNow,
    logger,
    witnesses: (signal) => publishedHeads(agents, signal),
  })
  return {
    environment,
    connection,
    secrets,
    service,
    tasks: auditedTasks(
      forgettingCopies(
        steeringTasks(createTasks({ coordination, clock, random: environment.random, createdBy: who }), {
          tasks: coordination,
          parts: service.shards,
        }),
        { files: service.files, logger },
      ),
      audit,
    ),
    fleet: createFleet({ agents, settings, audit, lists: [coordination, service.shards], serverNow }),
    audit,
    identities: createIdentities({ list: service.identities, audit }),
    waves: createWaves({ list: service.waves, audit, serverNow }),
    close: () => service.close(),
  }
}

/** Opens a host, does one thing with it, and closes it whatever happens. */
export async function withHost<T>(environment: HostEnvironment, act: (host: Host) => Promise<T>): Promise<T> {
  const host = await createHost(environment)
  try {
    return await act(host)
  } finally {
    await host.close()
  }
}
