import { Button, Spinner } from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import type { CommandResponse } from '../../../shared/contract/commands.ts'
import { useCommand } from '../../bridgeContext.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { AccessChecks } from './AccessChecks.tsx'
import { useSetup } from './useSetup.ts'
import { WizardFrame } from './WizardFrame.tsx'

/** Has this computer what a migration needs? Every check shows what it found, and how to mend it. */
export function PrerequisitesStep() {
  const setup = useSetup()
  const check = useCommand('prerequisites.check')
  const { run } = check
  const [checks, setChecks] = useState<CommandResponse<'prerequisites.check'>['checks']>()
  useEffect(() => {
    void run({}).then((result) => setChecks(result?.checks))
  }, [run])
  const hasFailed = checks?.some(({ ok }) => !ok) === true
  return (
    <WizardFrame
      step="prerequisites"
      title="This computer"
      about="What Portage needs here. Nothing is changed by looking."
      foot={
        <>
          <Button onClick={setup.end}>Back to the start</Button>
          <Button disabled={check.isBusy} onClick={() => void run({}).then((result) => setChecks(result?.checks))}>
            Check again
          </Button>
          <Button appearance="primary" disabled={!checks} onClick={() => setup.go('connect')}>
            {hasFailed ? 'Go on all the same' : 'Next'}
          </Button>
        </>
      }
    >
      {check.error ? <ErrorNote error={check.error} /> : null}
      {checks ? <AccessChecks checks={checks} label="Prerequisites" /> : <Spinner label="Looking" />}
    </WizardFrame>
  )
}
