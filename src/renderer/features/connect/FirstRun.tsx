import { Body1, Button, Caption1, Card, makeStyles, Spinner, Subtitle1, Title2, tokens } from '@fluentui/react-components'
import { ArrowRightRegular, BeakerRegular, CloudArrowUpRegular } from '@fluentui/react-icons'
import type { ConnectionView } from '../../../shared/contract/views.ts'
import { useCommand } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { ConnectStep } from './ConnectStep.tsx'
import { PrerequisitesStep } from './PrerequisitesStep.tsx'
import { useSetup } from './useSetup.ts'

const useStyles = makeStyles({
  root: { flexGrow: 1, overflowY: 'auto', display: 'flex', justifyContent: 'center', padding: tokens.spacingHorizontalXXL },
  column: {
    width: '100%',
    maxWidth: '760px',
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

type NotConnected = Exclude<ConnectionView, { state: 'connected' }>

/** A new install: try it, or set it up step by step. Who left half-way comes back to the same step. */
export function FirstRun({ connection }: { readonly connection: NotConnected }) {
  const { step } = useSetup()
  if (step === 'prerequisites') return <PrerequisitesStep />
  // Later steps need a tenant: without one, connecting is the next.
  return step === undefined ? <Welcome connection={connection} /> : <ConnectStep connection={connection} />
}

function Welcome({ connection }: { readonly connection: NotConnected }) {
  const styles = useStyles()
  const install = useApp((state) => state.install)
  const connect = useCommand('connection.connect')
  const { go } = useSetup()
  const isWaiting = connect.isBusy || connection.state === 'connecting'
  const error = connect.error ?? (connection.state === 'none' ? connection.error : undefined)
  return (
    <main className={styles.root} aria-label="Welcome">
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
                  The practice tenant is a complete, strict Microsoft 365 on this computer, with sites and people to migrate to
                  and a sample share to move. No account is needed, and nothing leaves this computer.
                </Body1>
                <div>
                  <Button
                    appearance="primary"
                    size="large"
                    icon={<BeakerRegular />}
                    onClick={() => void connect.run({ way: 'practice' })}
                  >
                    Try it with the practice tenant
                  </Button>
                </div>
              </Card>
            ) : null}
            <Card className={styles.card}>
              <Subtitle1 as="h2">Set it up for your tenant</Subtitle1>
              <Body1>
                Four steps: this computer, the connection with its roles and access, the sources, and the name of this agent. You
                can leave at any time and go on later.
              </Body1>
              <div>
                <Button icon={<ArrowRightRegular />} iconPosition="after" onClick={() => go('prerequisites')}>
                  Begin
                </Button>
              </div>
            </Card>
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
