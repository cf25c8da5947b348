import { z } from 'zod'
import type { AnswerFrame, HostEvent } from '../../shared/contract/events.ts'

/** Shell → engine. Both are ours and of one build: the schemas catch mistakes, not enemies. */
export const toEngineSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), workFolder: z.string(), version: z.string(), hasKeyring: z.boolean() }),
  z.object({ kind: z.literal('frame'), ticket: z.number(), frame: z.unknown() }),
  /** Every event once more from the last state on. */
  z.object({ kind: z.literal('attach') }),
  z.object({ kind: z.literal('native'), ticket: z.number(), value: z.unknown(), error: z.string().optional() }),
  z.object({ kind: z.literal('stop') }),
])
export type ToEngine = z.infer<typeof toEngineSchema>

/** What only the shell can do for the engine. */
export const NATIVE_CALLS = ['openUrl', 'keyringKeep', 'keyringFind', 'practiceStart'] as const
export type NativeCall = (typeof NATIVE_CALLS)[number]

/** Engine → shell. `ticket` pairs an answer with its question. */
export type FromEngine =
  | { readonly kind: 'answer'; readonly ticket: number; readonly answer: AnswerFrame | undefined }
  | { readonly kind: 'event'; readonly event: HostEvent }
  | { readonly kind: 'native'; readonly ticket: number; readonly call: NativeCall; readonly args: readonly string[] }

export const fromEngineSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answer'), ticket: z.number(), answer: z.custom<AnswerFrame>().optional() }),
  z.object({ kind: z.literal('event'), event: z.custom<HostEvent>((event) => typeof event === 'object' && event !== null) }),
  z.object({ kind: z.literal('native'), ticket: z.number(), call: z.enum(NATIVE_CALLS), args: z.array(z.string()) }),
])
