import {
  Button,
  Caption1,
  Card,
  Checkbox,
  Field,
  Input,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  makeStyles,
  Spinner,
  Subtitle2,
  tokens,
} from '@fluentui/react-components'
import { ArrowRightRegular } from '@fluentui/react-icons'
import { type FormEvent, useState } from 'react'
import { useCommand } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { DestinationFields } from './DestinationFields.tsx'
import { type DraftForm, type DraftProblems, draftsOf, emptyForm } from './draft.ts'
import { fieldProblem } from './fieldProblem.ts'
import { SourceFields } from './SourceFields.tsx'

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  panes: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) auto minmax(0, 1fr)',
    gap: tokens.spacingHorizontalL,
    alignItems: 'stretch',
    '@media (max-width: 800px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  pane: { gap: tokens.spacingVerticalM, padding: tokens.spacingHorizontalL },
  arrow: {
    alignSelf: 'center',
    fontSize: '28px',
    color: tokens.colorNeutralForeground3,
    '@media (max-width: 800px)': { display: 'none' },
  },
  foot: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalL },
  quiet: { color: tokens.colorNeutralForeground2 },
})

export function TaskForm() {
  const styles = useStyles()
  const openView = useApp((state) => state.openView)
  const add = useCommand('tasks.add')
  const [form, setForm] = useState(emptyForm)
  const [problems, setProblems] = useState<DraftProblems>({})
  const [added, setAdded] = useState<readonly string[]>([])

  function change(part: Partial<DraftForm>): void {
    setForm((current) => ({ ...current, ...part }))
    setProblems({})
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    setAdded([])
    const result = draftsOf(form)
    if ('problems' in result) return setProblems(result.problems)
    const names: string[] = []
    for (const [index, draft] of result.drafts.entries()) {
      const view = await add.run({ draft })
      if (!view) {
        // What is left in the form is what was not added.
        change({ sources: form.sources.slice(index) })
        break
      }
      names.push(view.task.name)
    }
    setAdded(names)
    if (names.length === result.drafts.length) change({ sources: [''], name: '' })
  }

  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      {add.error ? <ErrorNote title="Not added." error={add.error} /> : null}
      {added.length > 0 ? (
        <MessageBar intent="success" role="status">
          <MessageBarBody>
            {added.length === 1 ? `Task “${added[0]}” was added.` : `${added.length} tasks were added.`}
          </MessageBarBody>
          <MessageBarActions>
            <Button size="small" onClick={() => openView('migrations')}>
              See it run
            </Button>
          </MessageBarActions>
        </MessageBar>
      ) : null}
      <div className={styles.panes}>
        <Card className={styles.pane}>
          <Subtitle2 as="h2">From</Subtitle2>
          <SourceFields sources={form.sources} problem={problems.source} onChange={(sources) => change({ sources })} />
        </Card>
        <ArrowRightRegular className={styles.arrow} aria-hidden />
        <Card className={styles.pane}>
          <Subtitle2 as="h2">To</Subtitle2>
          <DestinationFields form={form} problems={problems} onChange={change} />
        </Card>
      </div>
      {form.sources.length > 1 ? (
        <Caption1 className={styles.quiet}>
          Each folder becomes a task of its own and goes to a folder of its name below the destination.
        </Caption1>
      ) : (
        <Field label="Name of the task" hint="Empty: the name of the folder." {...fieldProblem(problems.name)}>
          <Input value={form.name} onChange={(_, { value }) => change({ name: value })} />
        </Field>
      )}
      <div className={styles.foot}>
        <Checkbox
          label="Scan only, and let me decide afterwards"
          checked={form.isScanOnly}
          onChange={(_, { checked }) => change({ isScanOnly: checked === true })}
        />
        <Button
          type="submit"
          appearance="primary"
          disabled={add.isBusy}
          {...(add.isBusy ? { icon: <Spinner size="extra-tiny" /> } : {})}
        >
          {form.sources.length > 1 ? `Add ${form.sources.length} tasks` : 'Add the task'}
        </Button>
      </div>
    </form>
  )
}
