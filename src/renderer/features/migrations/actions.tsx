import { ArrowRepeatAllRegular, DeleteRegular, DismissRegular, PauseRegular, PlayRegular } from '@fluentui/react-icons'
import type { ReactElement } from 'react'
import type { TaskStatus } from '../../../shared/domain/task.ts'
import type { TaskAction } from '../../../shared/domain/taskActions.ts'

/** `done`: as in "3 tasks …". */
export const ACTIONS = {
  pause: { label: 'Pause', done: 'pausing', icon: <PauseRegular /> },
  resume: { label: 'Resume', done: 'resuming', icon: <PlayRegular /> },
  cancel: { label: 'Cancel', done: 'canceling', icon: <DismissRegular /> },
  retry: { label: 'Run again', done: 'running again', icon: <ArrowRepeatAllRegular /> },
  remove: { label: 'Delete', done: 'deleting', icon: <DeleteRegular /> },
} as const satisfies Record<TaskAction, { readonly label: string; readonly done: string; readonly icon: ReactElement }>

export function actionLabel(action: TaskAction, status: TaskStatus): string {
  return status === 'readyToMigrate' && action === 'resume' ? 'Start to migrate' : ACTIONS[action].label
}
