import { z } from 'zod'

/** Agents and tasks that name no group belong to this one. */
export const DEFAULT_GROUP = 'Default'

export const groupNameSchema = z
  .string()
  .trim()
  .min(1, 'it takes a name')
  .max(100, 'it takes at most 100 characters')
  .regex(/^[^\p{Cc}"']*$/u, 'it takes letters, digits, spaces and marks, no quotes')

/** The most urgent first. */
export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const
export const prioritySchema = z.enum(PRIORITIES, 'it takes urgent, high, normal or low')
export type Priority = z.infer<typeof prioritySchema>

interface Placed {
  readonly group?: string | undefined
  readonly priority?: Priority | undefined
}

export const groupOf = (placed: Pick<Placed, 'group'>): string => placed.group ?? DEFAULT_GROUP
export const priorityOf = (placed: Pick<Placed, 'priority'>): Priority => placed.priority ?? 'normal'

/** Names of groups know no case. */
export const isSameGroup = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()
