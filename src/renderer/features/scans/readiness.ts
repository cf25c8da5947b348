import type { ScanView } from '../../../shared/contract/scans.ts'

export type Readiness = 'ready' | 'newNames' | 'attention' | 'scanning' | 'failed' | 'stopped'

export const READINESS_LABELS = {
  ready: 'Ready',
  newNames: 'Ready, with new names',
  attention: 'Needs attention',
  scanning: 'Scanning',
  failed: 'Scan failed',
  stopped: 'Stopped',
} as const satisfies Record<Readiness, string>

/** Can this source go as it is? */
export function readinessOf(scan: Pick<ScanView, 'state' | 'renamed' | 'blocked'>): Readiness {
  if (scan.state === 'waiting' || scan.state === 'running') return 'scanning'
  if (scan.state === 'failed') return 'failed'
  if (scan.state === 'canceled') return 'stopped'
  if ((scan.blocked ?? 0) > 0) return 'attention'
  return (scan.renamed ?? 0) > 0 ? 'newNames' : 'ready'
}
