import { Body1, Button, Caption1, makeStyles, Spinner, Subtitle1, tokens } from '@fluentui/react-components'
import { useCallback, useEffect, useState } from 'react'
import { type FleetSettings, fleetSettingsSchema } from '../../../shared/domain/schedule.ts'
import { useCommand } from '../../bridgeContext.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { useReadOnlyReason } from '../../useReadOnlyReason.ts'
import { ProjectCalendar } from './ProjectCalendar.tsx'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM, flexShrink: 0 },
  foot: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** What holds for every agent of the project, whoever runs it: kept in the tenant, obeyed within a minute. */
export function ProjectSettings() {
  const styles = useStyles()
  const read = useCommand('fleet.settings')
  const save = useCommand('fleet.saveSettings')
  const readOnly = useReadOnlyReason()
  const [stored, setStored] = useState<FleetSettings>()
  const [edited, setEdited] = useState<FleetSettings>()
  const { run } = read

  const readAll = useCallback(async () => {
    const settings = await run({})
    setStored(settings)
    setEdited(settings)
  }, [run])
  useEffect(() => void readAll(), [readAll])

  const isChanged = JSON.stringify(stored) !== JSON.stringify(edited)
  const problem = edited === undefined ? undefined : problemOf(edited)

  async function keep(): Promise<void> {
    if (edited === undefined) return
    const saved = await save.run({ settings: edited })
    if (!saved) return
    setStored(saved)
    setEdited(saved)
  }

  return (
    <section className={styles.root} aria-label="Rules of the project">
      <Subtitle1 as="h2">Rules of the project</Subtitle1>
      <Body1 className={styles.quiet}>
        Kept in the tenant and obeyed by every agent within a minute. They win over what a task or an agent says for itself.
      </Body1>
      {read.error ? (
        <ErrorNote
          title="The rules cannot be read."
          error={read.error}
          action={
            <Button size="small" onClick={() => void readAll()}>
              Try again
            </Button>
          }
        />
      ) : null}
      {edited === undefined && !read.error ? <Spinner label="Reading the rules" /> : null}
      {edited === undefined ? null : (
        <>
          <ProjectCalendar settings={edited} isReadOnly={readOnly !== undefined} onChange={setEdited} />
          {save.error ? <ErrorNote title="Not saved." error={save.error} /> : null}
          <div className={styles.foot}>
            <Button
              appearance="primary"
              disabledFocusable={readOnly !== undefined || save.isBusy || !isChanged || problem !== undefined}
              onClick={() => void keep()}
            >
              Save the rules
            </Button>
            <Button disabled={!isChanged} onClick={() => setEdited(stored)}>
              Discard changes of the rules
            </Button>
            <Caption1 className={styles.quiet} role="status">
              {readOnly ?? problem ?? (isChanged ? 'Not saved yet.' : '')}
            </Caption1>
          </div>
        </>
      )}
    </section>
  )
}

/** The first thing that cannot stay as it is, in words. */
function problemOf(settings: FleetSettings): string | undefined {
  const issue = fleetSettingsSchema.safeParse(settings).error?.issues[0]
  if (!issue) return undefined
  const [list, index] = issue.path
  if (list === 'blackouts' && typeof index === 'number') return `Blackout ${index + 1}: ${wordsOf(issue.message)}`
  if (list === 'bandwidth' && typeof index === 'number') return `Bandwidth limit ${index + 1}: ${wordsOf(issue.message)}`
  if (list === 'dailyUnits') return 'Resource units of a day: at least 1,000.'
  if (list === 'dailyBytes') return 'Data of a day: at least 1 MB.'
  return wordsOf(issue.message)
}

const wordsOf = (message: string): string =>
  /^(Too small|Invalid)/.test(message) ? 'choose days, times and a rate that can be.' : `${message}.`
