import {
  Button,
  Caption1,
  Link,
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
import { MoreHorizontalRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import type { TaskId } from '../../../shared/domain/ids.ts'
import { type DestinationSpec, describeDestination } from '../../../shared/domain/task.ts'
import { ACTIONS_BY_STATUS } from '../../../shared/domain/taskActions.ts'
import { formatMoment } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { progressOf } from '../../store/taskSlice.ts'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { TaskProgressBar } from '../../ui/TaskProgressBar.tsx'
import { ACTIONS, actionLabel } from './actions.tsx'
import type { Act } from './useTaskActions.ts'

const useStyles = makeStyles({
  line: { display: 'block', maxWidth: '100%', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  quiet: { color: tokens.colorNeutralForeground2 },
})

interface CellProps {
  readonly id: TaskId
}

export function NameCell({ id }: CellProps) {
  const styles = useStyles()
  const openTask = useApp((state) => state.openTask)
  const row = useApp((state) => state.tasks[id])
  if (!row) return null
  const round = row.round === 0 ? '' : ` · R${row.round}`
  return (
    <>
      <Link as="button" className={styles.line} title={row.task.name} onClick={() => openTask(id)}>
        {row.task.name}
      </Link>
      <Caption1 className={mergeClasses(styles.line, styles.quiet)} title={row.task.source.path}>
        {[row.task.source.path, ...row.task.tags.map((tag) => `#${tag}`)].join(' · ')}
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

/** The menu exists from the first click on: of thousands of rows that pass by, few are asked. */
export function ActionsCell({ id, act }: CellProps & { readonly act: Act }) {
  const name = useApp((state) => state.tasks[id]?.task.name)
  // The same line of the table shows another task after scrolling.
  const [askedId, setAskedId] = useState<TaskId>()
  if (name === undefined) return null
  const label = `Actions of ${name}`
  if (askedId !== id) {
    return (
      <Button
        appearance="subtle"
        icon={<MoreHorizontalRegular />}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={false}
        onClick={() => setAskedId(id)}
      />
    )
  }
  return <ActionsMenu id={id} act={act} label={label} onClose={() => setAskedId(undefined)} />
}

function ActionsMenu(props: CellProps & { readonly act: Act; readonly label: string; readonly onClose: () => void }) {
  const { id, act } = props
  const status = useApp((state) => state.tasks[id]?.status)
  if (!status) return null
  return (
    <Menu open onOpenChange={(_, { open }) => (open ? undefined : props.onClose())}>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<MoreHorizontalRegular />} aria-label={props.label} />
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {ACTIONS_BY_STATUS[status].map((action) => (
            <MenuItem key={action} icon={ACTIONS[action].icon} onClick={() => act(action, id)}>
              {actionLabel(action, status)}
            </MenuItem>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
