import { Body1, Button, Card, Field, Input, makeStyles, Subtitle1, tokens } from '@fluentui/react-components'
import type { FormEvent } from 'react'
import { useBridge } from '../../bridgeContext.ts'

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalXL, gap: tokens.spacingVerticalM },
  form: { display: 'flex', alignItems: 'flex-end', gap: tokens.spacingHorizontalM, flexWrap: 'wrap' },
  field: { flexGrow: 1, minWidth: '260px' },
})

/** The path is its owner's: it must outlive a connect that failed. */
export function ConnectByFile(props: {
  readonly path: string
  readonly onChange: (path: string) => void
  readonly onConnect: () => void
}) {
  const styles = useStyles()
  const { capabilities, native } = useBridge()
  const { path, onChange, onConnect } = props

  function submit(event: FormEvent): void {
    event.preventDefault()
    if (path.trim() !== '') onConnect()
  }

  async function browse(): Promise<void> {
    const chosen = await native.chooseFile?.({ title: 'Connection file', extensions: ['json'] })
    if (chosen !== undefined) onChange(chosen)
  }

  return (
    <Card className={styles.card}>
      <Subtitle1 as="h2">Connect to your tenant</Subtitle1>
      <Body1>
        A connection file names the tenant, your app registration and the way to sign in. It holds no secrets. Give its path on
        the computer where Portage runs.
      </Body1>
      <form className={styles.form} onSubmit={submit}>
        <Field label="Connection file" className={styles.field}>
          <Input
            value={path}
            onChange={(_, { value }) => onChange(value)}
            placeholder="/home/ann/contoso-connection.json"
            spellCheck={false}
          />
        </Field>
        {capabilities.nativeDialogs ? <Button onClick={() => void browse()}>Browse…</Button> : null}
        <Button type="submit" disabled={path.trim() === ''}>
          Connect
        </Button>
      </form>
    </Card>
  )
}
