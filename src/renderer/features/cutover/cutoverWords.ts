import type { WaveCheck, WaveView } from '../../../shared/contract/cutover.ts'
import type { GateName, GateResult } from '../../../shared/domain/wave.ts'
import { formatBytes, formatCount, formatCounted, formatDuration } from '../../format.ts'

export const GATE_LABELS = {
  tasks: 'Tasks',
  date: 'Date',
  lastRound: 'Last round ended',
  failures: 'Failures',
  permissions: 'Permissions',
  mapping: 'Accounts mapped',
  delta: 'Length of the last round',
  freeze: 'Sources stand still',
} as const satisfies Record<GateName, string>

export const GATE_STATES = {
  met: 'Met',
  notMet: 'Not met',
  unknown: 'Not known',
  notAsked: 'Not asked',
} as const satisfies Record<GateResult['state'], string>

export const CHECKS = {
  rehearse: { label: 'Rehearse', busy: 'Rehearsing: walks the sources and lists the destination, writes nothing' },
  freezeCheck: { label: 'Check the freeze', busy: 'Looking for open, locked and late files' },
  reconcile: { label: 'Reconcile', busy: 'Comparing sources and destination item by item' },
} as const satisfies Record<WaveCheck, { readonly label: string; readonly busy: string }>

/** What becomes of a wave next, in a few words. */
export function standingOf({ gates, isGo, gone }: WaveView): string {
  if (gone) return 'Begun'
  if (isGo) return 'Go'
  const open = gates.filter(({ state }) => state === 'notMet' || state === 'unknown').length
  return `No go: ${formatCounted(open, 'gate')} open`
}

export function forecastOf({ p50Ms, p90Ms }: WaveView['tasks'][number]): string {
  if (p50Ms === undefined || p90Ms === undefined) return 'Not known yet: rehearse'
  return `${formatDuration(p50Ms)} to ${formatDuration(p90Ms)}`
}

/** One line for each check that was made, the last one first. */
export function findingLines({ rehearsal, freeze, reconciliation }: WaveView['tasks'][number]): readonly string[] {
  return [
    ...(rehearsal
      ? [`The last round would send ${formatCounted(rehearsal.files, 'file')} (${formatBytes(rehearsal.bytes)}).`]
      : []),
    ...(freeze
      ? [
          freeze.isFrozen
            ? 'The source stands still.'
            : `${formatCounted(freeze.inUse, 'file')} in use, ${formatCount(freeze.late)} changed too late.`,
        ]
      : []),
    ...(reconciliation ? [reconciliationLine(reconciliation)] : []),
  ]
}

function reconciliationLine(found: NonNullable<WaveView['tasks'][number]['reconciliation']>): string {
  const { same, missing, different, extra, left } = found
  if (missing + different + extra + left === 0) return `Reconciled: ${formatCounted(same, 'item')} the same, nothing else.`
  return `Not the same: ${formatCount(missing)} missing, ${formatCount(different)} different, ${formatCount(extra)} extra, ${formatCount(left)} left behind.`
}
