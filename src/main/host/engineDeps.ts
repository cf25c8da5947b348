import picomatch from 'picomatch'
import { createQuickXorHasher } from '../adapters/hash/quickXorHash.ts'
import { createOfficeComparer } from '../adapters/office/officeComparer.ts'
import { connectionKey } from '../adapters/secrets/connectionKey.ts'
import { createSealer, journalKey } from '../adapters/secrets/secretStore.ts'
import type { EngineDeps } from '../engine/engine.ts'
import type { Sealer } from '../engine/ports/journal.ts'
import { createMemory } from '../engine/run/memory.ts'
import type { CompileGlobs } from '../engine/scan/filters.ts'
import { canonicalOfficePart } from '../engine/verify/officeParts.ts'
import type { Host } from './createHost.ts'
import { createJournalCopies, type JournalCopies } from './journalCopies.ts'
import { sourceOpener } from './openSource.ts'

/** Globs as .gitignore users know them: `*` stays inside a folder, `**` crosses folders, case does not matter (Windows names). */
export const compileGlobs: CompileGlobs = (patterns) => picomatch([...patterns], { dot: true, nocase: true })

/** Who is who at the destination, as this install finds out. */
export function identitiesOf(host: Host): NonNullable<EngineDeps['identities']> {
  return { directory: host.service.directory, projectMap: (signal) => host.identities.rows(signal) }
}

/** Everything of the engine but the journal, made real for this install. */
export function engineDeps(host: Host): Omit<EngineDeps, 'journal'> {
  const { clock, random, logger } = host.environment
  return {
    openSource: sourceOpener(host.environment),
    compileGlobs,
    destinations: host.service.destinations,
    identities: identitiesOf(host),
    spentUnits: () => host.service.spentUnits(),
    memory: createMemory(),
    comparer: createOfficeComparer({ canonicalPart: canonicalOfficePart }),
    createHasher: createQuickXorHasher,
    clock,
    random,
    logger,
  }
}

export function journalSealer(host: Host): Promise<Sealer> {
  return createSealer(host.secrets)
}

/** What other installs of the connection can go on with. */
export async function journalCopies({ secrets, connection, service, environment }: Host): Promise<JournalCopies> {
  const keys = { local: await journalKey(secrets), shared: await connectionKey(connection) }
  return createJournalCopies({ files: service.files, keys, logger: environment.logger })
}
