import { Body1, Caption1, MessageBar, MessageBarBody, makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { ArrowCircleRightFilled, CheckmarkCircleFilled, CircleRegular } from '@fluentui/react-icons'
import type { TaskView } from '../../../shared/contract/views.ts'
import type { ProgressStage } from '../../../shared/domain/progress.ts'
import { formatCount, formatCounted, formatMoment, formatRate } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { progressOf } from '../../store/taskSlice.ts'
import { STAGE_LABELS, TaskProgressBar } from '../../ui/TaskProgressBar.tsx'
import { useAgentName } from '../../useAgentName.ts'

const STAGES: readonly ProgressStage[] = ['scanning', 'planning', 'transferring', 'verifying', 'reporting']

const useStyles = makeStyles({
  list: {
    display: 'flex',
    flexWrap: 'wrap',
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    columnGap: tokens.spacingHorizontalL,
    rowGap: tokens.spacingVerticalXS,
  },
  stage: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalXS, color: tokens.colorNeutralForeground2 },
  now: { color: tokens.colorBrandForeground1, fontWeight: tokens.fontWeightSemibold },
  done: { color: tokens.colorStatusSuccessForeground1 },
  icon: { fontSize: '16px', lineHeight: 0 },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** Where a task stands, stage by stage, and why it waits when it does. */
export function Stages({ row }: { readonly row: TaskView }) {
  const styles = useStyles()
  const agent = useAgentName(row.owner)
  const progress = useApp((state) => progressOf(state, row.task.id))
  const at = progress === undefined ? -1 : progress.stage === 'done' ? STAGES.length : STAGES.indexOf(progress.stage)
  const isMoving = row.status === 'inProgress'
  const waits = progress?.waitingFor ?? row.reason
  return (
    <>
      {waits === undefined ? null : (
        <MessageBar intent={row.status === 'failed' ? 'error' : 'info'} layout="multiline">
          <MessageBarBody>{waits}</MessageBarBody>
        </MessageBar>
      )}
      <ol className={styles.list} aria-label="Stages">
        {STAGES.map((stage, index) => {
          const state = index < at ? 'done' : index === at && isMoving ? 'now' : 'ahead'
          return (
            <li
              key={stage}
              className={mergeClasses(styles.stage, state === 'now' && styles.now)}
              aria-current={state === 'now' ? 'step' : undefined}
            >
              <span className={mergeClasses(styles.icon, state === 'done' && styles.done)} aria-hidden>
                {state === 'done' ? <CheckmarkCircleFilled /> : state === 'now' ? <ArrowCircleRightFilled /> : <CircleRegular />}
              </span>
              {STAGE_LABELS[stage]}
            </li>
          )
        })}
      </ol>
      {progress ? <TaskProgressBar progress={progress} isMoving={isMoving} /> : null}
      {progress && isMoving ? (
        <Body1>
          {formatRate(progress.bytesPerSecond)}, {formatCount(Math.round(progress.filesPerSecond))} files/s
        </Body1>
      ) : null}
      <Caption1 className={styles.quiet}>
        {agent === undefined ? 'No agent works on it' : `Agent ${agent}`}
        {row.heartbeatAt === undefined ? '' : `, last heard of at ${formatMoment(row.heartbeatAt)}`}
        {progress && progress.skippedItems > 0 ? ` · ${formatCounted(progress.skippedItems, 'item')} left out` : ''}
      </Caption1>
    </>
  )
}
