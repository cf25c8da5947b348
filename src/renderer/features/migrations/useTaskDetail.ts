import { useCallback, useEffect, useState } from 'react'
import type { CommandResponse } from '../../../shared/contract/commands.ts'
import type { TaskId } from '../../../shared/domain/ids.ts'
import type { WireError } from '../../../shared/errors.ts'
import { SECOND_MS } from '../../../shared/units.ts'
import { useBridge } from '../../bridgeContext.ts'

/** Counting a running round reads its whole journal. */
const REFRESH_MS = 4 * SECOND_MS

/** Rounds and causes of one task: again whenever its row changes, and now and then while it runs. */
export function useTaskDetail(taskId: TaskId, options: { readonly version: string; readonly isRunning: boolean }) {
  const { call } = useBridge()
  const [detail, setDetail] = useState<CommandResponse<'tasks.detail'>>()
  const [error, setError] = useState<WireError>()
  const { version, isRunning } = options

  const read = useCallback(async (): Promise<void> => {
    const reply = await call('tasks.detail', { taskId })
    if ('error' in reply) setError(reply.error)
    else {
      setDetail(reply.ok)
      setError(undefined)
    }
  }, [call, taskId])

  // biome-ignore lint/correctness/useExhaustiveDependencies: another version of the row is another detail
  useEffect(() => {
    void read()
    if (!isRunning) return
    const again = setInterval(() => void read(), REFRESH_MS)
    return () => clearInterval(again)
  }, [read, version, isRunning])
  return { detail, error }
}
