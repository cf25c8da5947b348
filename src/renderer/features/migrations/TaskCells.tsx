import {
  Button,
  Caption1,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  mergeClasses,
  Text,
  tokens,
} from '@fluentui/react-components'
import {
  ArrowRepeatAllRegular,
  DeleteRegular,
  DismissRegular,
  MoreHorizontalRegular,
  PauseRegular,
  PlayRegular,
} from '@fluentui/react-icons'
import type { ReactElement } from 'react'
import type { TaskId } from '../../../shared/domain/ids.ts'
import { type DestinationSpec, describeDestination } from '../../../shared/domain/task.ts'
import { ACTIONS_BY_STATUS, type TaskAction } from '../../../shared/domain/taskActions.ts'
import { formatMoment } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { progressOf } from '../../store/taskSlice.ts'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { TaskProgressBar } from '../../ui/TaskProgressBar.tsx'
import type { Act } from './useTaskActions.ts'

const useStyles = makeStyles({
  line: { display: 'block', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  quiet: { color: tokens.colorNeutralForeground2 },
})

interface CellProps {
  readonly id: TaskId
}

export function NameCell({ id }: CellProps) {
  const styles = useStyles()
  const row = useApp((state) => state.tasks[id])
  if (!row) return null
  const round = row.round === 0 ? '' : ` · R${row.round}`
  return (
    <>
      <Text weight="semibold" className={styles.line} title={row.task.name}>
        {row.task.name}
      </Text>
      <Caption1 className={mergeClasses(styles.line, styles.quiet)} title={row.task.source.path}>
        {row.task.source.path}
        {round}
      </Caption1>
    </>
  )
}

export function DestinationCell({ id }: CellProps) {
  const styles = useStyles()
  const row = useApp((state) => state.tasks[id])
  if (!row) return null
  const whole = describeDestination(row.task.destination)
  const [where, inside] = destinationLines(row.task.destination)
  return (
    <>
      <Text className={styles.line} title={whole}>
        {inside}
      </Text>
      <Caption1 className={mergeClasses(styles.line, styles.quiet)} title={whole}>
        {where}
      </Caption1>
    </>
  )
}

/** The part that tells tasks apart comes first: sites of one tenant begin all alike. */
function destinationLines(destination: DestinationSpec): readonly [string, string] {
  const folder = destination.folder === '' ? '' : `/${destination.folder}`
  switch (destination.kind) {
    case 'library':
      return [destination.siteUrl.replace(/^https:\/\/[^/]+\/?/, ''), `${destination.library}${folder}`]
    case 'oneDrive':
      return [destination.upn, `OneDrive${folder}`]
    case 'channel':
      return [destination.teamId, `Teams channel${folder}`]
  }
}

export function StatusCell({ id }: CellProps) {
  const styles = useStyles()
  const row = useApp((state) => state.tasks[id])
  if (!row) return null
  return (
    <>
      <StatusBadge status={row.status} isAsked={row.request} />
      <Caption1 className={mergeClasses(styles.line, styles.quiet)}>{formatMoment(row.modifiedAt)}</Caption1>
    </>
  )
}

export function ProgressCell({ id }: CellProps) {
  const styles = useStyles()
  const row = useApp((state) => state.tasks[id])
  const progress = useApp((state) => progressOf(state, id))
  if (!row) return null
  const isMoving = row.status === 'inProgress'
  const waits = progress?.waitingFor ?? row.reason
  if (!progress || (waits !== undefined && row.status === 'queued')) {
    return (
      <Caption1 className={mergeClasses(styles.line, styles.quiet)} title={waits ?? ''}>
        {waits ?? (isMoving ? 'Starting' : '')}
      </Caption1>
    )
  }
  return (
    <>
      <TaskProgressBar progress={progress} isMoving={isMoving} />
      {waits === undefined ? null : (
        <Caption1 className={mergeClasses(styles.line, styles.quiet)} title={waits}>
          {waits}
        </Caption1>
      )}
    </>
  )
}

const ACTIONS = {
  pause: { label: 'Pause', icon: <PauseRegular /> },
  resume: { label: 'Resume', icon: <PlayRegular /> },
  cancel: { label: 'Cancel', icon: <DismissRegular /> },
  retry: { label: 'Run again', icon: <ArrowRepeatAllRegular /> },
  remove: { label: 'Delete', icon: <DeleteRegular /> },
} as const satisfies Record<TaskAction, { readonly label: string; readonly icon: ReactElement }>

export function ActionsCell({ id, act }: CellProps & { readonly act: Act }) {
  const row = useApp((state) => state.tasks[id])
  if (!row) return null
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<MoreHorizontalRegular />} aria-label={`Actions of ${row.task.name}`} />
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {ACTIONS_BY_STATUS[row.status].map((action) => (
            <MenuItem key={action} icon={ACTIONS[action].icon} onClick={() => act(action, id)}>
              {row.status === 'readyToMigrate' && action === 'resume' ? 'Start to migrate' : ACTIONS[action].label}
            </MenuItem>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
