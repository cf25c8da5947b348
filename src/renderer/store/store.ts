import { create } from 'zustand'
import { createHostSlice, type HostSlice } from './hostSlice.ts'
import { createTaskSlice, type TaskSlice } from './taskSlice.ts'
import { createUiSlice, type UiSlice } from './uiSlice.ts'

export type AppState = HostSlice & TaskSlice & UiSlice

/** A projection: host facts are written by connectBridge only. */
export const createAppStore = () =>
  create<AppState>()((set, get, store) => ({
    ...createHostSlice(set, get, store),
    ...createTaskSlice(set, get, store),
    ...createUiSlice(set, get, store),
  }))
export type AppStore = ReturnType<typeof createAppStore>

export const useApp = createAppStore()
