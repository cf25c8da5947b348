import {
  Body1,
  Button,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Radio,
  RadioGroup,
  Spinner,
  Tab,
  TabList,
  tokens,
} from '@fluentui/react-components'
import { type FormEvent, useState } from 'react'
import type { CommandRequest } from '../../../shared/contract/commands.ts'
import type { ConnectionView } from '../../../shared/contract/views.ts'
import { useBridge, useCommand } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { AccessChecks } from './AccessChecks.tsx'
import { useSetup } from './useSetup.ts'
import { WizardFrame } from './WizardFrame.tsx'

type Way = 'app' | 'file'
type SignIn = 'certificate' | 'interactive' | 'deviceCode'

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  row: { display: 'flex', alignItems: 'flex-end', gap: tokens.spacingHorizontalS },
  grow: { flexGrow: 1 },
  waiting: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: tokens.spacingVerticalM,
    padding: tokens.spacingVerticalXL,
  },
  message: { textAlign: 'center', userSelect: 'text' },
})

const SIGN_INS = {
  certificate: 'Certificate (unattended, for servers)',
  interactive: 'My account, in the browser',
  deviceCode: 'My account, with a code on another device',
} as const satisfies Record<SignIn, string>

/** Which tenant, as whom, and where is the task list? */
export function ConnectStep({ connection }: { readonly connection: Exclude<ConnectionView, { state: 'connected' }> }) {
  const styles = useStyles()
  const { call } = useBridge()
  const { fields, change, go } = useSetup()
  const connect = useCommand('connection.connect')
  const checks = useApp((state) => state.accessChecks)
  const setChecks = useApp((state) => state.setAccessChecks)
  const [problem, setProblem] = useState<string>()
  const way: Way = fields.way === 'file' ? 'file' : 'app'
  const signIn: SignIn = fields.signIn === 'interactive' || fields.signIn === 'deviceCode' ? fields.signIn : 'certificate'

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    const request = requestOf(way, signIn, fields)
    if (typeof request === 'string') return setProblem(request)
    setProblem(undefined)
    setChecks([])
    // Before the answer: the screens change as soon as the connection stands.
    go('source')
    const result = await connect.run(request)
    setChecks(result?.checks ?? [])
    if (!result?.isConnected) go('connect')
  }

  const isWaiting = connect.isBusy || connection.state === 'connecting'
  const error = connect.error ?? (connection.state === 'none' ? connection.error : undefined)
  const field = (name: string, label: string, options: { readonly placeholder?: string; readonly hint?: string } = {}) => (
    <Field label={label} required {...(options.hint === undefined ? {} : { hint: options.hint })}>
      <Input
        value={fields[name] ?? ''}
        spellCheck={false}
        {...(options.placeholder === undefined ? {} : { placeholder: options.placeholder })}
        onChange={(_, { value }) => change({ [name]: value })}
      />
    </Field>
  )
  return (
    <WizardFrame
      step="connect"
      title="Connect to your tenant"
      about="Portage works through an app registration of your own: there is no server of ours in between. The task list lives in a site of your choice."
      foot={
        isWaiting ? (
          <Button onClick={() => void call('connection.cancel', {})}>Cancel</Button>
        ) : (
          <>
            <Button onClick={() => go('prerequisites')}>Back</Button>
            <Button appearance="primary" type="submit" form="connect">
              Connect and check access
            </Button>
          </>
        )
      }
    >
      {error && !isWaiting ? <ErrorNote title="Not connected." error={error} /> : null}
      {problem === undefined ? null : (
        <MessageBar intent="error" role="alert">
          <MessageBarBody>{problem}</MessageBarBody>
        </MessageBar>
      )}
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
        <div className={styles.waiting} role="status">
          <Spinner />
          <Body1 className={styles.message}>
            {(connection.state === 'connecting' ? connection.message : undefined) ?? 'Connecting.'}
          </Body1>
        </div>
      ) : (
        <form id="connect" className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
          <TabList selectedValue={way} onTabSelect={(_, { value }) => change({ way: String(value) })}>
            <Tab value="app">App registration</Tab>
            <Tab value="file">Connection file</Tab>
          </TabList>
          {way === 'file' ? (
            <ConnectionFile value={fields.file ?? ''} onChange={(file) => change({ file })} />
          ) : (
            <>
              {field('tenantId', 'Tenant', {
                placeholder: 'contoso.onmicrosoft.com',
                hint: 'Its id (a GUID) or one of its domains.',
              })}
              {field('clientId', 'Application (client) id', { placeholder: '00000000-0000-0000-0000-000000000000' })}
              {field('coordinationSite', 'Coordination site', {
                placeholder: 'https://contoso.sharepoint.com/sites/migration',
                hint: 'All agents of the project share the task list there. The account must be able to make lists.',
              })}
              <Field label="Sign in with">
                <RadioGroup value={signIn} onChange={(_, { value }) => change({ signIn: value })}>
                  {Object.entries(SIGN_INS).map(([value, label]) => (
                    <Radio key={value} value={value} label={label} />
                  ))}
                </RadioGroup>
              </Field>
              {signIn === 'certificate' ? (
                <>
                  {field('certificateFile', 'Certificate file', { hint: 'PEM, as uploaded to the app registration.' })}
                  {field('privateKeyFile', 'Private key file', { hint: 'PEM; stays where it is, only its path is kept.' })}
                </>
              ) : null}
            </>
          )}
        </form>
      )}
    </WizardFrame>
  )
}

function ConnectionFile({ value, onChange }: { readonly value: string; readonly onChange: (file: string) => void }) {
  const styles = useStyles()
  const { capabilities, native } = useBridge()
  async function browse(): Promise<void> {
    const chosen = await native.chooseFile?.({ title: 'Connection file', extensions: ['json'] })
    if (chosen !== undefined) onChange(chosen)
  }
  return (
    <div className={styles.row}>
      <Field
        label="Connection file"
        hint="Its path on the computer where Portage runs. It holds no secrets."
        className={styles.grow}
      >
        <Input
          value={value}
          spellCheck={false}
          placeholder="/home/ann/contoso.json"
          onChange={(_, data) => onChange(data.value)}
        />
      </Field>
      {capabilities.nativeDialogs ? <Button onClick={() => void browse()}>Browse…</Button> : null}
    </div>
  )
}

/** What to ask of the host, or what is missing. */
function requestOf(
  way: Way,
  signIn: SignIn,
  fields: Readonly<Record<string, string>>,
): CommandRequest<'connection.connect'> | string {
  const of = (name: string) => (fields[name] ?? '').trim()
  if (way === 'file') return of('file') === '' ? 'Name the connection file.' : { way: 'file', path: of('file') }
  if (of('tenantId') === '') return 'Name the tenant.'
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(of('clientId')))
    return 'The application (client) id is a GUID: copy it from the app registration.'
  if (!URL.canParse(of('coordinationSite'))) return 'Give the whole address of the coordination site, beginning with https://.'
  const app = {
    way: 'app',
    tenantId: of('tenantId'),
    clientId: of('clientId'),
    coordinationSite: of('coordinationSite'),
  } as const
  if (signIn !== 'certificate') return { ...app, signIn: { kind: signIn } }
  if (of('certificateFile') === '' || of('privateKeyFile') === '') return 'Name the certificate file and the private key file.'
  return { ...app, signIn: { kind: 'certificate', certificateFile: of('certificateFile'), privateKeyFile: of('privateKeyFile') } }
}
