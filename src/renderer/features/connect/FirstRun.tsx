import {
  Body1,
  Button,
  Caption1,
  Card,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Spinner,
  Subtitle1,
  Title2,
  tokens,
} from '@fluentui/react-components'
import { BeakerRegular, CloudArrowUpRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import type { CommandResponse } from '../../../shared/contract/commands.ts'
import type { ConnectionView } from '../../../shared/contract/views.ts'
import { useCommand } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { AccessChecks } from './AccessChecks.tsx'
import { ConnectByFile } from './ConnectByFile.tsx'

const useStyles = makeStyles({
  root: { flexGrow: 1, overflowY: 'auto', display: 'flex', justifyContent: 'center', padding: tokens.spacingHorizontalXXL },
  column: {
    width: '100%',
    maxWidth: '720px',
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXL,
    margin: 'auto 0',
  },
  head: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS },
  logo: { fontSize: '40px', lineHeight: 1, color: tokens.colorBrandForeground1 },
  card: { padding: tokens.spacingHorizontalXL, gap: tokens.spacingVerticalM },
  quiet: { color: tokens.colorNeutralForeground2 },
  waiting: { alignItems: 'center', padding: tokens.spacingVerticalXXXL },
})

/** The first question of a new install: which tenant? */
export function FirstRun({ connection }: { readonly connection: Exclude<ConnectionView, { state: 'connected' }> }) {
  const styles = useStyles()
  const install = useApp((state) => state.install)
  const connect = useCommand('connection.connect')
  const [path, setPath] = useState('')
  const [checks, setChecks] = useState<CommandResponse<'connection.connect'>['checks']>([])

  async function run(request: Parameters<typeof connect.run>[0]): Promise<void> {
    setChecks([])
    const result = await connect.run(request)
    if (result && !result.isConnected) setChecks(result.checks)
  }

  const isWaiting = connect.isBusy || connection.state === 'connecting'
  const error = connect.error ?? (connection.state === 'none' ? connection.error : undefined)
  return (
    <main className={styles.root} aria-label="Connect">
      <div className={styles.column}>
        <div className={styles.head}>
          <CloudArrowUpRegular className={styles.logo} aria-hidden />
          <Title2 as="h1">Move your file shares into Microsoft 365</Title2>
          <Body1 className={styles.quiet}>
            Portage reads your shares, copies them to SharePoint, OneDrive and Teams, and proves that every file arrived. Nothing
            at the source is ever changed.
          </Body1>
        </div>
        {error && !isWaiting ? <ErrorNote title="Not connected." error={error} /> : null}
        {checks.length > 0 && !isWaiting ? (
          <>
            <MessageBar intent="error" layout="multiline" role="alert">
              <MessageBarBody>
                <MessageBarTitle>Not connected.</MessageBarTitle>
                Mend what failed below and connect again. Nothing was changed.
              </MessageBarBody>
            </MessageBar>
            <AccessChecks checks={checks} />
          </>
        ) : null}
        {isWaiting ? (
          <Card className={styles.waiting} role="status">
            <Spinner
              label={(connection.state === 'connecting' ? connection.message : undefined) ?? 'Connecting.'}
              labelPosition="below"
            />
          </Card>
        ) : (
          <>
            {install?.canPractice ? (
              <Card className={styles.card}>
                <Subtitle1 as="h2">Try it first</Subtitle1>
                <Body1>
                  The practice tenant is a complete, strict Microsoft 365 on this computer, with sites and people to migrate to.
                  No account is needed, and nothing leaves this computer.
                </Body1>
                <div>
                  <Button
                    appearance="primary"
                    size="large"
                    icon={<BeakerRegular />}
                    onClick={() => void run({ way: 'practice' })}
                  >
                    Try it with the practice tenant
                  </Button>
                </div>
              </Card>
            ) : null}
            <ConnectByFile path={path} onChange={setPath} onConnect={() => void run({ way: 'file', path: path.trim() })} />
          </>
        )}
        {install ? (
          <Caption1 className={styles.quiet}>
            Portage {install.version} · work folder {install.workFolder}
          </Caption1>
        ) : null}
      </div>
    </main>
  )
}
