import { create } from 'zustand'
import { createHostSlice, type HostSlice } from './hostSlice.ts'
import { createPlanSlice, type PlanSlice } from './planSlice.ts'
import { createRateSlice, type RateSlice } from './rateSlice.ts'
import { createScanSlice, type ScanSlice } from './scanSlice.ts'
import { createTaskSlice, type TaskSlice } from './taskSlice.ts'
import { createUiSlice, type UiSlice } from './uiSlice.ts'

export type AppState = HostSlice & TaskSlice & UiSlice & PlanSlice & ScanSlice & RateSlice

/** A projection: host facts are written by connectBridge only. */
export const createAppStore = () =>
  create<AppState>()((set, get, store) => ({
    ...createHostSlice(set, get, store),
    ...createTaskSlice(set, get, store),
    ...createUiSlice(set, get, store),
    ...createPlanSlice(set, get, store),
    ...createScanSlice(set, get, store),
    ...createRateSlice(set, get, store),
  }))
export type AppStore = ReturnType<typeof createAppStore>

export const useApp = createAppStore()
