import { useCallback, useRef, useState } from 'react'
import type { TaskId } from '../../../shared/domain/ids.ts'
import type { WireError } from '../../../shared/errors.ts'

/** Requests of one bulk action that are on their way at the same time: the host and the tenant's budget are shared. */
const AT_ONCE = 4

export interface BulkState {
  readonly label: string
  readonly doneCount: number
  readonly totalCount: number
  readonly failures: readonly { readonly taskId: TaskId; readonly error: WireError }[]
  readonly isRunning: boolean
}

/** One thing done to many tasks, with progress, a stop, and every refusal kept. */
export function useBulk() {
  const [state, setState] = useState<BulkState>()
  const isStopped = useRef(false)

  const run = useCallback(
    async (label: string, ids: readonly TaskId[], act: (id: TaskId) => Promise<WireError | undefined>): Promise<void> => {
      isStopped.current = false
      let doneCount = 0
      const failures: { taskId: TaskId; error: WireError }[] = []
      const waiting = [...ids]
      const show = (isRunning: boolean) =>
        setState({ label, doneCount, totalCount: ids.length, failures: [...failures], isRunning })
      show(true)
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (let id = waiting.shift(); id !== undefined && !isStopped.current; id = waiting.shift()) {
            const error = await act(id)
            if (error) failures.push({ taskId: id, error })
            doneCount++
            show(true)
          }
        }),
      )
      show(false)
    },
    [],
  )
  const stop = useCallback(() => {
    isStopped.current = true
  }, [])
  const clear = useCallback(() => setState(undefined), [])
  return { state, run, stop, clear }
}
