export type { TaskRecord } from '../engine/ports/coordination.ts'
export type { Tasks } from './tasks.ts'
