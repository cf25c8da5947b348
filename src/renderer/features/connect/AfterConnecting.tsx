import { Button, Field, Input, MessageBar, MessageBarBody, makeStyles, tokens } from '@fluentui/react-components'
import { type FormEvent, useState } from 'react'
import type { CommandResponse } from '../../../shared/contract/commands.ts'
import type { SetupState } from '../../../shared/contract/setup.ts'
import { useBridge, useCommand } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { AccessChecks } from './AccessChecks.tsx'
import { ShareCredentials } from './ShareCredentials.tsx'
import { useSetup } from './useSetup.ts'
import { WizardFrame } from './WizardFrame.tsx'

const useStyles = makeStyles({
  form: { display: 'flex', alignItems: 'flex-end', gap: tokens.spacingHorizontalM },
  grow: { flexGrow: 1 },
})

/** Read by the agent itself where its system does not sign in to file servers. */
const IS_SHARE = /^(\\\\|smb:\/\/)/i

/** The steps of the first run that need a tenant. */
export function AfterConnecting({ setup }: { readonly setup: SetupState }) {
  return setup.step === 'agent' ? <AgentStep /> : <SourceStep />
}

function SourceStep() {
  const styles = useStyles()
  const { capabilities, native } = useBridge()
  const { fields, change, go } = useSetup()
  const test = useCommand('sources.test')
  const checks = useApp((state) => state.accessChecks)
  const [result, setResult] = useState<CommandResponse<'sources.test'>>()
  const path = fields.source ?? ''

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    if (path.trim() !== '') setResult(await test.run({ path: path.trim() }))
  }

  async function browse(): Promise<void> {
    const folder = await native.chooseFolder?.()
    if (folder !== undefined) change({ source: folder })
  }

  return (
    <WizardFrame
      step="source"
      title="Access to sources"
      about="Portage reads the sources as the account that it runs under, and never writes to them. Test one of them now, or later when you choose it."
      foot={
        <Button appearance="primary" onClick={() => go('agent')}>
          {result?.ok === true ? 'Next' : 'Skip for now'}
        </Button>
      }
    >
      {checks.length > 0 ? <AccessChecks checks={checks} label="Roles and access of the connection" /> : null}
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <Field label="Folder or share" className={styles.grow}>
          <Input
            value={path}
            spellCheck={false}
            placeholder={'\\\\server\\share or /srv/share'}
            onChange={(_, { value }) => {
              change({ source: value })
              setResult(undefined)
            }}
          />
        </Field>
        {capabilities.nativeDialogs ? <Button onClick={() => void browse()}>Browse…</Button> : null}
        <Button type="submit" disabled={test.isBusy || path.trim() === ''}>
          Test access
        </Button>
      </form>
      {test.error ? <ErrorNote error={test.error} /> : null}
      {result?.ok === false && IS_SHARE.test(path.trim()) ? (
        <ShareCredentials share={path.trim()} onStored={() => setResult(undefined)} />
      ) : null}
      {result ? (
        <MessageBar intent={result.ok ? 'success' : 'error'} layout="multiline" role="status">
          <MessageBarBody>
            {result.found} {result.fix}
          </MessageBarBody>
        </MessageBar>
      ) : null}
    </WizardFrame>
  )
}

function AgentStep() {
  const { go, end } = useSetup()
  const agent = useApp((state) => state.agent)
  const rename = useCommand('agent.rename')
  const [name, setName] = useState<string>()
  const shown = name ?? agent?.name ?? ''

  async function finish(): Promise<void> {
    if (shown.trim() !== agent?.name && !(await rename.run({ name: shown.trim() }))) return
    end()
  }

  return (
    <WizardFrame
      step="agent"
      title="This agent"
      about="Every install is an agent: it takes tasks from the shared list. Give it a name that others recognise."
      foot={
        <>
          <Button onClick={() => go('source')}>Back</Button>
          <Button appearance="primary" disabled={shown.trim() === '' || rename.isBusy} onClick={() => void finish()}>
            Finish
          </Button>
        </>
      }
    >
      {rename.error ? <ErrorNote error={rename.error} /> : null}
      <Field label="Name of this agent" hint="You can change it later in Settings.">
        <Input value={shown} maxLength={100} onChange={(_, { value }) => setName(value)} />
      </Field>
    </WizardFrame>
  )
}
