import { Button, Spinner } from '@fluentui/react-components'
import type { WireError } from '../../../shared/errors.ts'
import { useBridge, useCommand } from '../../bridgeContext.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'

/** Why the task list cannot be read; when the sign-in has ended, the way to sign in again stands beside. */
export function ConnectionNote({ error }: { readonly error: WireError }) {
  const signIn = useCommand('connection.signIn')
  const { call } = useBridge()
  if (!error.code.startsWith('AUTH_')) return <ErrorNote title="The task list cannot be read." error={error} />
  return (
    <ErrorNote
      title="Sign in to go on."
      error={error}
      action={
        signIn.isBusy ? (
          <Button icon={<Spinner size="extra-tiny" />} onClick={() => void call('connection.cancel', {})}>
            Cancel the sign-in
          </Button>
        ) : (
          <Button onClick={() => void signIn.run({})}>Sign in again</Button>
        )
      }
    />
  )
}
