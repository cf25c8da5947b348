import picomatch from 'picomatch'
import { createFileShareSource } from '../adapters/fileshare/fileShareSource.ts'
import { createQuickXorHasher } from '../adapters/hash/quickXorHash.ts'
import { createOfficeComparer } from '../adapters/office/officeComparer.ts'
import { createSealer } from '../adapters/secrets/secretStore.ts'
import type { EngineDeps } from '../engine/engine.ts'
import type { Sealer } from '../engine/ports/journal.ts'
import { createMemory } from '../engine/run/memory.ts'
import type { CompileGlobs } from '../engine/scan/filters.ts'
import { canonicalOfficePart } from '../engine/verify/officeParts.ts'
import type { Host } from './createHost.ts'

/** Globs as .gitignore users know them: `*` stays inside a folder, `**` crosses folders, case does not matter (Windows names). */
export const compileGlobs: CompileGlobs = (patterns) => picomatch([...patterns], { dot: true, nocase: true })

/** Everything of the engine but the journal, made real for this install. */
export function engineDeps(host: Host): Omit<EngineDeps, 'journal'> {
  const { clock, random, logger } = host.environment
  return {
    openSource: (spec) => createFileShareSource(spec),
    compileGlobs,
    destinations: host.service.destinations,
    identities: { directory: host.service.directory, projectMap: (signal) => host.identities.rows(signal) },
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
