import { useCallback } from 'react'
import type { SetupState } from '../../../shared/contract/setup.ts'
import { useBridge } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'

export const STEPS = [
  { name: 'prerequisites', label: 'This computer' },
  { name: 'connect', label: 'Connect' },
  { name: 'source', label: 'Access to sources' },
  { name: 'agent', label: 'This agent' },
] as const
export type StepName = (typeof STEPS)[number]['name']

/** Where the first run stands. Every change is kept by the host at once: a person may leave half-way and come back. */
export function useSetup() {
  const { call } = useBridge()
  const setSetup = useApp((state) => state.setSetup)
  const setup = useApp((state) => state.setup)

  const save = useCallback(
    (next: SetupState | undefined) => {
      setSetup(next)
      void call('setup.save', next ? { setup: next } : {})
    },
    [call, setSetup],
  )
  const step: StepName | undefined = STEPS.find(({ name }) => name === setup?.step)?.name
  const fields = setup?.fields ?? {}
  return {
    step,
    fields,
    go: (next: StepName) => save({ step: next, fields }),
    change: (part: Readonly<Record<string, string>>) =>
      save({ step: setup?.step ?? 'prerequisites', fields: { ...fields, ...part } }),
    end: () => save(undefined),
  }
}
