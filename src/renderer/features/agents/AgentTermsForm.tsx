import { Button, Field, Input, makeStyles, Select, Subtitle2, tokens } from '@fluentui/react-components'
import { type FormEvent, useState } from 'react'
import type { FleetAgentView } from '../../../shared/contract/views.ts'
import { agentNameSchema } from '../../../shared/domain/agent.ts'
import { groupNameSchema } from '../../../shared/domain/taskRank.ts'
import { AGENT_PLACES_MAX } from '../../../shared/limits.ts'
import { useCommand } from '../../bridgeContext.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: tokens.spacingVerticalM },
  field: { width: '100%', maxWidth: '340px' },
})

const AUTOMATIC = 'automatic'

/** Name, group and places of an agent: what people decide, from any install. It obeys with its next word. */
export function AgentTermsForm({ agent, isReadOnly }: { readonly agent: FleetAgentView; readonly isReadOnly: boolean }) {
  const styles = useStyles()
  const change = useCommand('fleet.changeAgent')
  const { terms } = agent
  const [name, setName] = useState(terms.name)
  const [group, setGroup] = useState(terms.group)
  const [places, setPlaces] = useState(terms.places)
  const [isSaved, setIsSaved] = useState(false)
  const wrongName = whatIsWrong(agentNameSchema.safeParse(name))
  const wrongGroup = whatIsWrong(groupNameSchema.safeParse(group))
  const isChanged = name.trim() !== terms.name || group.trim() !== terms.group || places !== terms.places

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault()
    const saved = await change.run({
      agentId: agent.id,
      name: name.trim(),
      group: group.trim(),
      ...(places === undefined ? {} : { places }),
    })
    setIsSaved(saved !== undefined)
  }

  return (
    <form className={styles.root} aria-label="Terms of this agent" onSubmit={(event) => void save(event)}>
      <Subtitle2 as="h3">Terms</Subtitle2>
      <Field label="Name" className={styles.field} {...wrongName}>
        <Input value={name} disabled={isReadOnly} maxLength={100} onChange={(_, { value }) => setName(value)} />
      </Field>
      <Field label="Group" hint="It takes the tasks of this group, and scans of all." className={styles.field} {...wrongGroup}>
        <Input value={group} disabled={isReadOnly} maxLength={100} onChange={(_, { value }) => setGroup(value)} />
      </Field>
      <Field label="Tasks at the same time" className={styles.field}>
        <Select
          value={places === undefined ? AUTOMATIC : String(places)}
          disabled={isReadOnly}
          onChange={(_, { value }) => setPlaces(value === AUTOMATIC ? undefined : Number(value))}
        >
          {terms.places === undefined ? <option value={AUTOMATIC}>As many as its cores and memory allow</option> : null}
          {Array.from({ length: AGENT_PLACES_MAX }, (_, index) => index + 1).map((count) => (
            <option key={count} value={String(count)}>
              {count}
            </option>
          ))}
        </Select>
      </Field>
      {change.error ? <ErrorNote title="Not changed." error={change.error} /> : null}
      <Button
        type="submit"
        appearance="primary"
        disabledFocusable={
          isReadOnly || change.isBusy || !isChanged || 'validationMessage' in wrongName || 'validationMessage' in wrongGroup
        }
      >
        Save
      </Button>
      <span role="status">{isSaved && !isChanged ? 'Saved. The agent obeys with its next word, within a minute.' : ''}</span>
    </form>
  )
}

function whatIsWrong(parsed: {
  readonly success: boolean
  readonly error?: { readonly issues: readonly { readonly message: string }[] }
}): { readonly validationMessage?: string } {
  const message = parsed.error?.issues[0]?.message
  return message === undefined ? {} : { validationMessage: `${message.charAt(0).toUpperCase()}${message.slice(1)}.` }
}
