export type { TaskRecord } from '../engine/ports/coordination.ts'
export type { Logger } from '../engine/ports/runtime.ts'
export type { Tasks } from './tasks.ts'
