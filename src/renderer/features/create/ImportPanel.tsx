import {
  Body1,
  Button,
  Caption1,
  Card,
  Link,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  makeStyles,
  mergeClasses,
  ProgressBar,
  Spinner,
  Subtitle2,
  tokens,
} from '@fluentui/react-components'
import { DocumentArrowUpRegular } from '@fluentui/react-icons'
import { type DragEvent, useRef, useState } from 'react'
import { type CommandResponse, TASK_FILE_MAX_CHARACTERS } from '../../../shared/contract/commands.ts'
import { describeDestination } from '../../../shared/domain/task.ts'
import { useCommand } from '../../bridgeContext.ts'
import { formatCount, formatCounted } from '../../format.ts'
import { saveFile } from '../../saveFile.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { ImportGrid } from './ImportGrid.tsx'
import { ImportProblems } from './ImportProblems.tsx'
import { rowNumber, textOfRows } from './mendRows.ts'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  drop: {
    alignItems: 'center',
    padding: tokens.spacingVerticalXXXL,
    gap: tokens.spacingVerticalM,
    border: `1px dashed ${tokens.colorNeutralStroke1}`,
    textAlign: 'center',
    '& > *': { textAlign: 'center' },
  },
  over: { outline: `2px solid ${tokens.colorBrandStroke1}` },
  icon: { fontSize: '40px', color: tokens.colorNeutralForeground3 },
  quiet: { color: tokens.colorNeutralForeground2, maxWidth: '60ch' },
  hidden: { display: 'none' },
  row: { display: 'flex', gap: tokens.spacingHorizontalM },
})

type Checked = CommandResponse<'import.check'> & { readonly fileName: string }

export function ImportPanel() {
  const styles = useStyles()
  const openView = useApp((state) => state.openView)
  const check = useCommand('import.check')
  const add = useCommand('tasks.add')
  const templates = useCommand('import.templates')
  const chooser = useRef<HTMLInputElement>(null)
  const stopped = useRef(false)
  const [isOver, setIsOver] = useState(false)
  const [checked, setChecked] = useState<Checked>()
  const [tooLarge, setTooLarge] = useState<string>()
  const [addedCount, setAddedCount] = useState<number>()

  async function read(file: File | undefined): Promise<void> {
    if (!file) return
    setChecked(undefined)
    setAddedCount(undefined)
    const isTooLarge = file.size > TASK_FILE_MAX_CHARACTERS
    setTooLarge(isTooLarge ? file.name : undefined)
    if (isTooLarge) return
    const result = await check.run({ fileName: file.name, text: await file.text() })
    if (result) setChecked({ ...result, fileName: file.name })
  }

  /** Mended rows join the good ones; what is still wrong stays to be mended. */
  async function checkAgain(): Promise<void> {
    if (!checked) return
    const { badRows } = checked
    const result = await check.run({ fileName: 'rows.csv', text: textOfRows(badRows) })
    if (!result) return
    const known = new Set(checked.drafts.map(pairOf))
    const twice = result.drafts.filter((draft) => known.has(pairOf(draft)))
    const stillBad = new Set(result.badRows.map(({ row }) => rowNumber(badRows, row)))
    setChecked({
      ...checked,
      drafts: [...checked.drafts, ...result.drafts.filter((draft) => !known.has(pairOf(draft)))],
      badRows: badRows.filter(({ row }) => stillBad.has(row)),
      rowCount: checked.rowCount - twice.length,
      problems: [
        ...checked.problems.filter(({ row }) => !badRows.some((bad) => bad.row === row)),
        ...result.problems.map((problem) => ({ ...problem, row: rowNumber(badRows, problem.row) })),
      ],
    })
  }

  function leaveOut(row: number): void {
    setChecked(
      (current) =>
        current && {
          ...current,
          badRows: current.badRows.filter((bad) => bad.row !== row),
          problems: current.problems.filter((problem) => problem.row !== row),
          rowCount: current.rowCount - 1,
        },
    )
  }

  async function addAll(drafts: Checked['drafts']): Promise<void> {
    stopped.current = false
    for (const [index, draft] of drafts.entries()) {
      setAddedCount(index)
      if (stopped.current || !(await add.run({ draft }))) {
        // What was not added stays in the list, ready to be added.
        setChecked((current) => current && { ...current, drafts: current.drafts.slice(index) })
        return
      }
    }
    setAddedCount(drafts.length)
    setChecked(undefined)
  }

  async function saveTemplate(kind: 'csv' | 'json'): Promise<void> {
    const texts = await templates.run({})
    if (texts) saveFile(`portage-tasks.${kind}`, new Blob([texts[kind]]))
  }

  function drop(event: DragEvent): void {
    event.preventDefault()
    setIsOver(false)
    void read(event.dataTransfer.files[0])
  }

  const others = checked?.problems.filter(({ row }) => !checked.badRows.some((bad) => bad.row === row)) ?? []
  return (
    <div className={styles.root}>
      <Card
        className={mergeClasses(styles.drop, isOver && styles.over)}
        onDragOver={(event) => {
          event.preventDefault()
          setIsOver(true)
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={drop}
      >
        <DocumentArrowUpRegular className={styles.icon} aria-hidden />
        <Subtitle2 as="h2">Drop a task file here</Subtitle2>
        <Body1 className={styles.quiet}>
          The CSV and JSON files of Migration Manager and of the SharePoint Migration Tool are understood as they are.
        </Body1>
        <Button disabled={check.isBusy || add.isBusy} onClick={() => chooser.current?.click()}>
          Choose a file…
        </Button>
        <Body1>
          Begin with a template: <Link onClick={() => void saveTemplate('csv')}>CSV</Link> or{' '}
          <Link onClick={() => void saveTemplate('json')}>JSON</Link>
        </Body1>
        <input
          ref={chooser}
          type="file"
          accept=".csv,.json,.txt"
          className={styles.hidden}
          aria-label="Task file"
          onChange={(event) => {
            void read(event.target.files?.[0])
            event.target.value = ''
          }}
        />
      </Card>
      {check.isBusy ? <Spinner label="Reading the file" /> : null}
      {tooLarge === undefined ? null : (
        <MessageBar intent="error" layout="multiline" role="alert">
          <MessageBarBody>
            {tooLarge} is too large for a window. Add it with “portage task import” on the command line, or split it.
          </MessageBarBody>
        </MessageBar>
      )}
      {check.error ? <ErrorNote title="The file cannot be used." error={check.error} /> : null}
      {add.error ? <ErrorNote title={`Stopped after ${formatCounted(addedCount ?? 0, 'task')}.`} error={add.error} /> : null}
      {add.isBusy && checked ? (
        <div className={styles.row}>
          <ProgressBar value={(addedCount ?? 0) / Math.max(1, checked.drafts.length)} aria-label="Adding tasks" />
          <Button
            size="small"
            onClick={() => {
              stopped.current = true
            }}
          >
            Stop
          </Button>
        </div>
      ) : null}
      {addedCount !== undefined && !checked && !add.isBusy ? (
        <MessageBar intent="success" role="status">
          <MessageBarBody>{formatCounted(addedCount, 'task was', 'tasks were')} added.</MessageBarBody>
          <MessageBarActions>
            <Button size="small" onClick={() => openView('migrations')}>
              See them run
            </Button>
          </MessageBarActions>
        </MessageBar>
      ) : null}
      {checked && !add.isBusy ? (
        <Card className={styles.root}>
          <Subtitle2 as="h2">{checked.fileName}</Subtitle2>
          <Body1 role="status">
            {formatCount(checked.drafts.length)} of {formatCount(checked.rowCount)} rows can be added
            {checked.problems.length === 0 ? '.' : `; ${formatCounted(checked.problems.length, 'problem')}.`}
          </Body1>
          {checked.badRows.length > 0 ? (
            <ImportGrid
              rows={checked.badRows}
              problems={checked.problems}
              onChange={(changed) =>
                setChecked({ ...checked, badRows: checked.badRows.map((bad) => (bad.row === changed.row ? changed : bad)) })
              }
              onRemove={leaveOut}
            />
          ) : null}
          {others.length > 0 ? (
            <>
              <ImportProblems problems={others} />
              <Caption1 className={styles.quiet}>Mend these in the file and choose it again, or add only the good rows.</Caption1>
            </>
          ) : null}
          <div className={styles.row}>
            {checked.badRows.length > 0 ? (
              <Button appearance="primary" disabled={check.isBusy} onClick={() => void checkAgain()}>
                Check the mended rows
              </Button>
            ) : null}
            <Button
              appearance={checked.problems.length === 0 ? 'primary' : 'secondary'}
              disabled={checked.drafts.length === 0}
              onClick={() => void addAll(checked.drafts)}
            >
              {checked.problems.length === 0
                ? `Add ${formatCounted(checked.drafts.length, 'task')}`
                : `Add the ${formatCounted(checked.drafts.length, 'good row')}`}
            </Button>
          </div>
        </Card>
      ) : null}
    </div>
  )
}

const pairOf = ({ source, destination }: Checked['drafts'][number]): string =>
  `${source.path}\n${describeDestination(destination)}`.toLowerCase()
