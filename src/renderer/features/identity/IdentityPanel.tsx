import { Body1, Button, Caption1, Field, Input, makeStyles, Switch, tokens } from '@fluentui/react-components'
import { type FormEvent, useState } from 'react'
import type { IdentityView } from '../../../shared/contract/identities.ts'
import type { IdentityMapping } from '../../../shared/domain/identity.ts'
import { formatCounted } from '../../format.ts'
import { SidePanel } from '../../ui/SidePanel.tsx'
import { targetWords, wayWords } from './identityWords.ts'

const useStyles = makeStyles({
  quiet: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
})

/** One account: who it is now, whom it might be, and what a person settles. */
export function IdentityPanel(props: {
  readonly identity: IdentityView
  readonly isBusy: boolean
  readonly onSettle: (row: IdentityMapping) => void
  readonly onTakeBack: (source: string) => void
  readonly onClose: () => void
}) {
  const styles = useStyles()
  const { identity } = props
  const [target, setTarget] = useState(identity.isSettled ? (identity.target ?? '') : '')
  const [isGroup, setIsGroup] = useState(identity.isSettled && identity.isGroup)
  const wanted = target.trim()
  const isUsable = wanted !== '' && (isGroup || /^[^@\s]+@[^@\s]+$/.test(wanted))

  function submit(event: FormEvent): void {
    event.preventDefault()
    if (isUsable) props.onSettle({ source: identity.source, target: wanted, isGroup })
  }

  return (
    <SidePanel title={identity.name ?? identity.source} onClose={props.onClose}>
      <Caption1 className={styles.quiet}>{identity.source}</Caption1>
      <Body1>
        {targetWords(identity)} · {wayWords(identity)}
      </Body1>
      <Caption1 className={styles.quiet}>
        Listed on {formatCounted(identity.listedCount, 'item')}, owns {formatCounted(identity.ownedCount, 'item')}.{' '}
        {identity.isUnmapped ? 'What it may do there stays behind until somebody says who it is.' : ''}
      </Caption1>
      {identity.suggestions.length > 0 ? (
        <div className={styles.buttons}>
          {identity.suggestions.map((one) => (
            <Button key={one.target} disabled={props.isBusy} onClick={() => props.onSettle({ source: identity.source, ...one })}>
              It is {one.target}
            </Button>
          ))}
        </div>
      ) : null}
      <form className={styles.form} onSubmit={submit}>
        <Field
          label={isGroup ? 'Group' : 'Person'}
          hint={
            isGroup
              ? 'Name, address or id of a group of the directory, or site: and the title of a group of the site.'
              : 'User principal name, like name@contoso.com.'
          }
        >
          <Input value={target} spellCheck={false} onChange={(_, { value }) => setTarget(value)} />
        </Field>
        <Switch label="It is a group" checked={isGroup} onChange={(_, { checked }) => setIsGroup(checked)} />
        <div className={styles.buttons}>
          <Button type="submit" appearance="primary" disabled={!isUsable || props.isBusy}>
            Settle for the project
          </Button>
          {identity.isSettled ? (
            <Button disabled={props.isBusy} onClick={() => props.onTakeBack(identity.source)}>
              Take back
            </Button>
          ) : null}
        </div>
      </form>
    </SidePanel>
  )
}
