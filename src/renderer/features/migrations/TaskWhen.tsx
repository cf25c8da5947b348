import { Button, Caption1, Card, makeStyles, Subtitle2, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import type { TaskView } from '../../../shared/contract/views.ts'
import { groupOf, priorityOf } from '../../../shared/domain/taskRank.ts'
import { useCommand } from '../../bridgeContext.ts'
import { formatMoment } from '../../format.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { useReadOnlyReason } from '../../useReadOnlyReason.ts'
import { isGroupName, RankFields } from '../schedule/RankFields.tsx'
import { ScheduleFields, scheduleProblem } from '../schedule/ScheduleFields.tsx'

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalL, gap: tokens.spacingVerticalM, flexShrink: 0 },
  fields: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalL },
  foot: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** Which agents take a task, in which order, and when; to be changed at any time, a running round excepted. */
export function TaskWhen({ row }: { readonly row: TaskView }) {
  const styles = useStyles()
  const rankTask = useCommand('tasks.rank')
  const scheduleTask = useCommand('tasks.schedule')
  const readOnly = useReadOnlyReason()
  const { task } = row
  const before = { group: groupOf(task), priority: priorityOf(task) }
  const [rank, setRank] = useState(before)
  const [schedule, setSchedule] = useState(task.schedule)
  const isRankChanged = rank.group.trim() !== before.group || rank.priority !== before.priority
  const isScheduleChanged = JSON.stringify(schedule) !== JSON.stringify(task.schedule)
  const isBusy = rankTask.isBusy || scheduleTask.isBusy
  const isWrong = !isGroupName(rank.group) || scheduleProblem(schedule) !== undefined
  const error = rankTask.error ?? scheduleTask.error

  async function save(): Promise<void> {
    const group = rank.group.trim()
    if (isRankChanged) {
      const change = {
        ...(group === before.group ? {} : { group }),
        ...(rank.priority === before.priority ? {} : { priority: rank.priority }),
      }
      if (!(await rankTask.run({ taskId: task.id, ...change }))) return
    }
    if (isScheduleChanged) await scheduleTask.run({ taskId: task.id, schedule: schedule ?? null })
  }

  return (
    <Card className={styles.card}>
      <Subtitle2 as="h2">Who and when</Subtitle2>
      {row.dueAt === undefined || Date.parse(row.dueAt) < Date.now() ? null : (
        <Caption1 className={styles.quiet}>Next start: {formatMoment(row.dueAt)} on this computer's clock.</Caption1>
      )}
      {error ? <ErrorNote title="Not changed." error={error} /> : null}
      <div className={styles.fields}>
        <RankFields rank={rank} isReadOnly={readOnly !== undefined} onChange={setRank} />
      </div>
      <ScheduleFields schedule={schedule} isReadOnly={readOnly !== undefined} onChange={setSchedule} />
      <div className={styles.foot}>
        <Button
          disabledFocusable={readOnly !== undefined || isBusy || isWrong || !(isRankChanged || isScheduleChanged)}
          onClick={() => void save()}
        >
          Save who and when
        </Button>
        {readOnly === undefined ? null : <Caption1 className={styles.quiet}>{readOnly}</Caption1>}
      </div>
    </Card>
  )
}
