import { useCallback } from 'react'
import type { TaskId } from '../../../shared/domain/ids.ts'
import type { TaskAction } from '../../../shared/domain/taskActions.ts'
import type { ErrorCode, WireError } from '../../../shared/errors.ts'
import { useCommand } from '../../bridgeContext.ts'

export type Act = (action: TaskAction, taskId: TaskId) => void

/** The actions of all rows, with the last failure of any. */
export function useTaskActions(): {
  readonly act: Act
  /** A round for what stayed behind for one reason. */
  readonly retryCause: (taskId: TaskId, cause: ErrorCode) => void
  readonly error: WireError | undefined
} {
  const pause = useCommand('tasks.pause')
  const resume = useCommand('tasks.resume')
  const cancel = useCommand('tasks.cancel')
  const retry = useCommand('tasks.retry')
  const remove = useCommand('tasks.remove')
  const act = useCallback<Act>(
    (action, taskId) => {
      const commands = { pause, resume, cancel, retry, remove }
      for (const command of Object.values(commands)) command.clearError()
      void commands[action].run({ taskId })
    },
    [pause, resume, cancel, retry, remove],
  )
  const { run } = retry
  const retryCause = useCallback((taskId: TaskId, cause: ErrorCode) => void run({ taskId, causes: [cause] }), [run])
  return { act, retryCause, error: [pause, resume, cancel, retry, remove].find((command) => command.error)?.error }
}
