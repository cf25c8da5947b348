import {
  Body1,
  Button,
  Caption1,
  Card,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Spinner,
  Subtitle2,
  tokens,
} from '@fluentui/react-components'
import { type FormEvent, useEffect, useState } from 'react'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import type { WireError } from '../../../shared/errors.ts'
import { useBridge, useCommand } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Page } from '../../ui/Page.tsx'
import { SettingsForm } from './SettingsForm.tsx'

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalL, gap: tokens.spacingVerticalM, flexShrink: 0 },
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', gap: tokens.spacingHorizontalM },
  facts: {
    display: 'grid',
    gridTemplateColumns: 'auto 1fr',
    columnGap: tokens.spacingHorizontalL,
    rowGap: tokens.spacingVerticalXS,
    margin: 0,
  },
  fact: { margin: 0, overflowWrap: 'anywhere' },
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
  },
})

/** What holds for every new migration of this install, and what this install is. */
export function SettingsView() {
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
    <Page title="Settings">
      <ThisInstall />
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
    </Page>
  )
}

function ThisInstall() {
  const styles = useStyles()
  const install = useApp((state) => state.install)
  const agent = useApp((state) => state.agent)
  const connection = useApp((state) => state.connection)
  const rename = useCommand('agent.rename')
  const [name, setName] = useState<string>()
  const shown = name ?? agent?.name ?? ''

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    if (await rename.run({ name: shown.trim() })) setName(undefined)
  }

  return (
    <Card className={styles.card}>
      <Subtitle2 as="h2">This install</Subtitle2>
      <form className={styles.row} onSubmit={(event) => void submit(event)}>
        <Field label="Name of this agent" hint="As others see it in the list of agents.">
          <Input value={shown} maxLength={100} onChange={(_, { value }) => setName(value)} />
        </Field>
        <Button type="submit" disabled={rename.isBusy || shown.trim() === '' || shown === agent?.name}>
          Rename
        </Button>
      </form>
      {rename.error ? <ErrorNote error={rename.error} /> : null}
      <dl className={styles.facts}>
        <dt className={styles.quiet}>Version</dt>
        <dd className={styles.fact}>{install?.version}</dd>
        <dt className={styles.quiet}>Work folder</dt>
        <dd className={styles.fact}>{install?.workFolder}</dd>
        {connection?.state === 'connected' ? (
          <>
            <dt className={styles.quiet}>Tenant</dt>
            <dd className={styles.fact}>
              {connection.tenantName} <Caption1 className={styles.quiet}>{connection.tenantId}</Caption1>
            </dd>
            <dt className={styles.quiet}>Task list</dt>
            <dd className={styles.fact}>{connection.coordinationSite}</dd>
            <dt className={styles.quiet}>Secrets</dt>
            <dd className={styles.fact}>{connection.secretProtection}</dd>
          </>
        ) : null}
      </dl>
      {connection?.state === 'connected' && /file/i.test(connection.secretProtection) ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            No keyring of the operating system is available: secrets lie in an encrypted file that this account can open. Protect
            the account, or run Portage where a keyring is.
          </MessageBarBody>
        </MessageBar>
      ) : null}
    </Card>
  )
}
