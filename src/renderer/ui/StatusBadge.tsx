import { Badge, type BadgeProps, makeStyles } from '@fluentui/react-components'
import {
  ArrowSyncFilled,
  CheckmarkCircleFilled,
  ClockFilled,
  DismissCircleFilled,
  ErrorCircleFilled,
  PauseCircleFilled,
  PlayCircleFilled,
  WarningFilled,
} from '@fluentui/react-icons'
import type { ReactElement } from 'react'
import type { TaskStatus } from '../../shared/domain/task.ts'

/** The words of Migration Manager. */
export const STATUS_LABELS = {
  queued: 'Queued',
  inProgress: 'In progress',
  paused: 'Paused',
  readyToMigrate: 'Ready to migrate',
  completed: 'Completed',
  completedWithIssues: 'Completed with issues',
  failed: 'Failed',
  canceled: 'Canceled',
} as const satisfies Record<TaskStatus, string>

const LOOKS = {
  queued: { color: 'informative', icon: <ClockFilled /> },
  inProgress: { color: 'brand', icon: <ArrowSyncFilled /> },
  paused: { color: 'informative', icon: <PauseCircleFilled /> },
  readyToMigrate: { color: 'brand', icon: <PlayCircleFilled /> },
  completed: { color: 'success', icon: <CheckmarkCircleFilled /> },
  completedWithIssues: { color: 'warning', icon: <WarningFilled /> },
  failed: { color: 'danger', icon: <ErrorCircleFilled /> },
  canceled: { color: 'subtle', icon: <DismissCircleFilled /> },
} as const satisfies Record<TaskStatus, { readonly color: BadgeProps['color']; readonly icon: ReactElement }>

const useStyles = makeStyles({ root: { whiteSpace: 'nowrap' } })

/** A word and a sign: never told by colour alone. */
export function StatusBadge({
  status,
  isAsked,
}: {
  readonly status: TaskStatus
  readonly isAsked?: 'pause' | 'cancel' | undefined
}) {
  const { color, icon } = LOOKS[status]
  const asked = isAsked === undefined ? '' : isAsked === 'pause' ? ' · pausing' : ' · canceling'
  return (
    <Badge className={useStyles().root} appearance="tint" color={color} icon={icon} size="large">
      {STATUS_LABELS[status]}
      {asked}
    </Badge>
  )
}
