import {
  Body1Strong,
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Input,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  ProgressBar,
  tokens,
} from '@fluentui/react-components'
import { TagRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import type { TaskId } from '../../../shared/domain/ids.ts'
import { ACTIONS_BY_STATUS, TASK_ACTIONS, type TaskAction } from '../../../shared/domain/taskActions.ts'
import { useBridge } from '../../bridgeContext.ts'
import { formatCount, formatCounted } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { tagsOf } from '../create/plan.ts'
import { ACTIONS } from './actions.tsx'
import { useBulk } from './useBulk.ts'

const COMMANDS = {
  pause: 'tasks.pause',
  resume: 'tasks.resume',
  cancel: 'tasks.cancel',
  retry: 'tasks.retry',
  remove: 'tasks.remove',
} as const satisfies Record<TaskAction, string>

const useStyles = makeStyles({
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS, flexShrink: 0 },
  progress: { width: '180px' },
})

/** What can be done with all ticked tasks; each is asked only for what its state allows. */
export function BulkBar({ selected }: { readonly selected: readonly TaskId[] }) {
  const styles = useStyles()
  const { call } = useBridge()
  const tasks = useApp((state) => state.tasks)
  const selectNone = useApp((state) => state.selectNone)
  const bulk = useBulk()
  const [tags, setTags] = useState('')

  const allowing = (action: TaskAction): readonly TaskId[] =>
    selected.filter((id) => {
      const row = tasks[id]
      return row !== undefined && (ACTIONS_BY_STATUS[row.status] as readonly TaskAction[]).includes(action)
    })

  async function act(action: TaskAction): Promise<void> {
    await bulk.run(ACTIONS[action].done, allowing(action), async (taskId) => {
      const reply = await call(COMMANDS[action], { taskId })
      return 'error' in reply ? reply.error : undefined
    })
    selectNone()
  }

  async function addTags(): Promise<void> {
    const added = tagsOf(tags)
    if (added.length === 0) return
    await bulk.run('tagging', selected, async (taskId) => {
      const before = tasks[taskId]?.task.tags ?? []
      const reply = await call('tasks.edit', { taskId, edit: { tags: [...new Set([...before, ...added])] } })
      return 'error' in reply ? reply.error : undefined
    })
    setTags('')
  }

  const { state } = bulk
  return (
    <>
      {selected.length > 0 ? (
        <div className={styles.bar} role="toolbar" aria-label="Selected tasks">
          <Body1Strong>{formatCount(selected.length)} selected</Body1Strong>
          {TASK_ACTIONS.map((action) => {
            const count = allowing(action).length
            if (count === 0) return null
            const button = (
              <Button
                key={action}
                size="small"
                icon={ACTIONS[action].icon}
                disabled={state?.isRunning === true}
                {...(action === 'remove' || action === 'cancel' ? {} : { onClick: () => void act(action) })}
              >
                {ACTIONS[action].label}
                {count === selected.length ? '' : ` ${formatCount(count)}`}
              </Button>
            )
            return action === 'remove' || action === 'cancel' ? (
              <Confirm key={action} action={action} count={count} button={button} onConfirm={() => void act(action)} />
            ) : (
              button
            )
          })}
          <Input
            size="small"
            aria-label="Tags to add"
            placeholder="Wave 1; Finance"
            value={tags}
            onChange={(_, { value }) => setTags(value)}
          />
          <Button size="small" icon={<TagRegular />} disabled={tags.trim() === ''} onClick={() => void addTags()}>
            Tag
          </Button>
          <Button size="small" appearance="subtle" onClick={selectNone}>
            Select none
          </Button>
        </div>
      ) : null}
      {state?.isRunning === true ? (
        <div className={styles.bar} role="status">
          {formatCount(state.doneCount)} of {formatCounted(state.totalCount, 'task')}: {state.label}
          <ProgressBar
            className={styles.progress}
            value={state.doneCount / Math.max(1, state.totalCount)}
            aria-label={state.label}
          />
          <Button size="small" onClick={bulk.stop}>
            Stop
          </Button>
        </div>
      ) : null}
      {state && !state.isRunning && state.failures.length > 0 ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>
              {formatCounted(state.failures.length, 'task')} of {formatCount(state.totalCount)} did not take it.
            </MessageBarTitle>
            {[...new Set(state.failures.map(({ error }) => `${error.message} ${error.fix ?? ''}`))].slice(0, 3).join(' ')}
          </MessageBarBody>
          <MessageBarActions>
            <Button size="small" onClick={bulk.clear}>
              Close
            </Button>
          </MessageBarActions>
        </MessageBar>
      ) : null}
    </>
  )
}

const WARNINGS = {
  remove: 'They disappear from the list for everybody. What is at the destination stays there, and so do the reports.',
  cancel: 'What has arrived stays; the rest is not copied. They can be run again later.',
} as const

function Confirm(props: {
  readonly action: 'remove' | 'cancel'
  readonly count: number
  readonly button: React.JSX.Element
  readonly onConfirm: () => void
}) {
  const { action, count } = props
  return (
    <Dialog>
      <DialogTrigger disableButtonEnhancement>{props.button}</DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>
            {action === 'remove' ? 'Delete' : 'Cancel'} {formatCounted(count, 'task')}?
          </DialogTitle>
          <DialogContent>{WARNINGS[action]}</DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button>Keep them</Button>
            </DialogTrigger>
            <DialogTrigger disableButtonEnhancement>
              <Button appearance="primary" onClick={props.onConfirm}>
                {action === 'remove' ? 'Delete' : 'Cancel them'}
              </Button>
            </DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
