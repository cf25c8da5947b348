import { Button, Field, Input, MessageBar, MessageBarBody, makeStyles, tokens } from '@fluentui/react-components'
import { type FormEvent, useState } from 'react'
import { useCommand } from '../../bridgeContext.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'

const useStyles = makeStyles({
  form: { display: 'flex', flexWrap: 'wrap', alignItems: 'end', gap: tokens.spacingHorizontalM },
})

/** The account with which this install reads a share, where the system does not sign in to file servers itself. */
export function ShareCredentials({ share, onStored }: { readonly share: string; readonly onStored: () => void }) {
  const styles = useStyles()
  const save = useCommand('sources.saveCredential')
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const [stored, setStored] = useState<string>()

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    if (!(await save.run({ share, user, password }))) return
    setPassword('')
    setStored(user)
    onStored()
  }

  return (
    <>
      <form className={styles.form} onSubmit={(event) => void submit(event)} aria-label="Account for this share">
        <Field label="Account for this share" hint="DOMAIN\name, name@domain, or a name of the server itself">
          <Input value={user} spellCheck={false} autoComplete="off" onChange={(_, { value }) => setUser(value)} />
        </Field>
        <Field label="Password" hint="Kept in the secrets of this install only">
          <Input type="password" value={password} autoComplete="off" onChange={(_, { value }) => setPassword(value)} />
        </Field>
        <Button type="submit" disabled={save.isBusy || user.trim() === '' || password === ''}>
          Store
        </Button>
      </form>
      {save.error ? <ErrorNote error={save.error} /> : null}
      {stored === undefined ? null : (
        <MessageBar intent="success" role="status">
          <MessageBarBody>The share is read as {stored}.</MessageBarBody>
        </MessageBar>
      )}
    </>
  )
}
