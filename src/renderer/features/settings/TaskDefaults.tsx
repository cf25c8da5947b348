import { Body1, Button, makeStyles, Spinner, tokens } from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import type { WireError } from '../../../shared/errors.ts'
import { useBridge, useCommand } from '../../bridgeContext.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { SettingsForm } from './SettingsForm.tsx'

const useStyles = makeStyles({
  quiet: { color: tokens.colorNeutralForeground2 },
  save: {
    position: 'sticky',
    // Over the page's own margin, so that nothing shows below it.
    bottom: `calc(-1 * ${tokens.spacingVerticalL})`,
    zIndex: 1,
    flexShrink: 0,
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    padding: tokens.spacingVerticalS,
    backgroundColor: tokens.colorNeutralBackground2,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-height: 480px)': { position: 'static' },
  },
})

/** What new migrations of this install take when nobody chooses otherwise. */
export function TaskDefaults() {
  const styles = useStyles()
  const { call } = useBridge()
  const save = useCommand('settings.save')
  const [stored, setStored] = useState<Partial<TaskSettings>>()
  const [edited, setEdited] = useState<Partial<TaskSettings>>({})
  const [error, setError] = useState<WireError>()
  const [isSaved, setIsSaved] = useState(false)

  useEffect(() => {
    void call('settings.read', {}).then((reply) => {
      if ('error' in reply) return setError(reply.error)
      setStored(reply.ok.chosen)
      setEdited(reply.ok.chosen)
    })
  }, [call])

  const isChanged = stored !== undefined && JSON.stringify(stored) !== JSON.stringify(edited)
  async function keep(): Promise<void> {
    const result = await save.run({ chosen: edited })
    if (!result) return
    setStored(edited)
    setIsSaved(true)
  }

  return (
    <>
      <Body1 className={styles.quiet}>
        These defaults hold for new migrations that are created here. A setting of a migration wins over the project, the project
        over the product. Migrations that exist already keep theirs; their details show which level said what.
      </Body1>
      {error ? <ErrorNote title="The settings cannot be read." error={error} /> : null}
      {!stored && !error ? <Spinner label="Reading the settings" /> : null}
      {stored ? (
        <>
          <SettingsForm
            levels={{ project: edited, task: {} }}
            edits="project"
            onChange={(level) => {
              setEdited(level)
              setIsSaved(false)
            }}
          />
          <div className={styles.save}>
            <Button appearance="primary" disabled={!isChanged || save.isBusy} onClick={() => void keep()}>
              Save
            </Button>
            <Button disabled={!isChanged} onClick={() => setEdited(stored)}>
              Discard changes
            </Button>
            {save.error ? <ErrorNote error={save.error} /> : null}
            <span role="status">{isSaved && !isChanged ? 'Saved. New migrations take these settings.' : ''}</span>
          </div>
        </>
      ) : null}
    </>
  )
}
