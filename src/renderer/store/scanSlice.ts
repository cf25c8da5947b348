import type { StateCreator } from 'zustand'
import type { EventPayload } from '../../shared/contract/events.ts'
import type { ScanView } from '../../shared/contract/scans.ts'

/** The scans of this install. */
export interface ScanSlice {
  readonly scans: Readonly<Record<string, ScanView>>
  applyScans(change: EventPayload<'scans.changed'>): void
}

export const createScanSlice: StateCreator<ScanSlice, [], [], ScanSlice> = (set) => ({
  scans: {},
  applyScans: ({ scans: changed, removedIds }) =>
    set((state) => {
      const scans = { ...state.scans, ...Object.fromEntries(changed.map((scan) => [scan.id, scan])) }
      for (const id of removedIds) delete scans[id]
      return { scans }
    }),
})
