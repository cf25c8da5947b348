import {
  Button,
  Caption1,
  Card,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Subtitle2,
  Tab,
  TabList,
  tokens,
} from '@fluentui/react-components'
import { type FormEvent, useState } from 'react'
import { useCommand } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Page } from '../../ui/Page.tsx'
import { ProjectSettings } from './ProjectSettings.tsx'
import { TaskDefaults } from './TaskDefaults.tsx'

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
  tabs: { marginLeft: `calc(-1 * ${tokens.spacingHorizontalM})`, flexShrink: 0 },
})

type TabName = 'migrations' | 'project' | 'install'

/** What holds for new migrations, for the whole project, and for this install. */
export function SettingsView() {
  const styles = useStyles()
  const [tab, setTab] = useState<TabName>('migrations')
  return (
    <Page title="Settings">
      <TabList className={styles.tabs} selectedValue={tab} onTabSelect={(_, { value }) => setTab(value as TabName)}>
        <Tab value="migrations">New migrations</Tab>
        <Tab value="project">Rules of the project</Tab>
        <Tab value="install">This install</Tab>
      </TabList>
      {tab === 'migrations' ? <TaskDefaults /> : null}
      {tab === 'project' ? <ProjectSettings /> : null}
      {tab === 'install' ? <ThisInstall /> : null}
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
