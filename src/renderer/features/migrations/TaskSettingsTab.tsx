import { Button, Caption1, Field, Input, makeStyles, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import type { TaskView } from '../../../shared/contract/views.ts'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import { useCommand } from '../../bridgeContext.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { tagsOf } from '../create/plan.ts'
import { levelsOfTask } from '../settings/levels.ts'
import { SettingsForm } from '../settings/SettingsForm.tsx'
import { TaskWhen } from './TaskWhen.tsx'

const EDITABLE: readonly string[] = ['queued', 'paused', 'readyToMigrate', 'completed', 'completedWithIssues', 'failed']

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** Name, tags and settings of one task; to be changed until it starts. */
export function TaskSettingsTab({ row }: { readonly row: TaskView }) {
  const styles = useStyles()
  const edit = useCommand('tasks.edit')
  const { task } = row
  const levels = levelsOfTask(task.settings, task.chosenSettings)
  const [own, setOwn] = useState<Partial<TaskSettings>>(levels.task)
  const [name, setName] = useState(task.name)
  const [tags, setTags] = useState(task.tags.join('; '))
  const isEditable = EDITABLE.includes(row.status)

  async function save(): Promise<void> {
    const forgotten = Object.keys(levels.task).filter((key) => !Object.hasOwn(own, key))
    // What this task no longer says goes back to what the level above said when it was made.
    const restored = Object.fromEntries(Object.entries(levels.project).filter(([key]) => forgotten.includes(key)))
    await edit.run({ taskId: task.id, edit: { name: name.trim(), tags: [...tagsOf(tags)], settings: { ...restored, ...own } } })
  }

  return (
    <div className={styles.root}>
      <TaskWhen key={`${task.revision} ${row.dueAt}`} row={row} />
      {isEditable ? null : (
        <Caption1 className={styles.quiet}>
          A task keeps its settings while it runs. Pause it to change them; ended ones take changes with the next round.
        </Caption1>
      )}
      {edit.error ? <ErrorNote title="Not changed." error={edit.error} /> : null}
      <Field label="Name">
        <Input value={name} disabled={!isEditable} maxLength={255} onChange={(_, { value }) => setName(value)} />
      </Field>
      <Field label="Tags" hint="Separated by semicolons">
        <Input value={tags} disabled={!isEditable} onChange={(_, { value }) => setTags(value)} />
      </Field>
      <SettingsForm levels={{ ...levels, task: own }} edits="task" isReadOnly={!isEditable} onChange={setOwn} />
      {isEditable ? (
        <div>
          <Button appearance="primary" disabled={edit.isBusy || name.trim() === ''} onClick={() => void save()}>
            Save
          </Button>
        </div>
      ) : null}
    </div>
  )
}
