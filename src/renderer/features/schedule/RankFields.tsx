import { Combobox, Field, Option, Select } from '@fluentui/react-components'
import { useMemo } from 'react'
import { DEFAULT_GROUP, groupNameSchema, PRIORITIES, type Priority, prioritySchema } from '../../../shared/domain/taskRank.ts'
import { useApp } from '../../store/store.ts'

export const PRIORITY_LABELS = {
  urgent: 'Urgent: before everything else',
  high: 'High',
  normal: 'Normal',
  low: 'Low: when nothing else waits',
} as const satisfies Record<Priority, string>

export interface Rank {
  readonly group: string
  readonly priority: Priority
}

export const DEFAULT_RANK: Rank = { group: DEFAULT_GROUP, priority: 'normal' }

/** Whether the typed name of a group can be one. */
export const isGroupName = (group: string): boolean => groupNameSchema.safeParse(group).success

/** Which agents may take the tasks, and in which order. */
export function RankFields(props: {
  readonly rank: Rank
  readonly isReadOnly?: boolean
  readonly onChange: (rank: Rank) => void
}) {
  const { rank, onChange, isReadOnly = false } = props
  const agents = useApp((state) => state.fleet?.agents)
  const groups = useMemo(
    () => [...new Set([DEFAULT_GROUP, ...(agents ?? []).map(({ terms }) => terms.group)])].sort((a, b) => a.localeCompare(b)),
    [agents],
  )
  const isKnown = groups.some((group) => group.toLowerCase() === rank.group.trim().toLowerCase())
  return (
    <>
      <Field
        label="Agent group"
        hint={isKnown ? 'Agents of this group take it.' : 'No agent is in this group yet: it waits until one is.'}
        {...(isGroupName(rank.group) ? {} : { validationMessage: 'Letters, digits, spaces and marks, no quotes.' })}
      >
        <Combobox
          freeform
          disabled={isReadOnly}
          value={rank.group}
          selectedOptions={[rank.group]}
          onInput={(event) => onChange({ ...rank, group: event.currentTarget.value })}
          onOptionSelect={(_, { optionText }) => {
            if (optionText !== undefined) onChange({ ...rank, group: optionText })
          }}
        >
          {groups.map((group) => (
            <Option key={group}>{group}</Option>
          ))}
        </Combobox>
      </Field>
      <Field label="Priority">
        <Select
          value={rank.priority}
          disabled={isReadOnly}
          onChange={(_, { value }) => {
            const priority = prioritySchema.safeParse(value)
            if (priority.success) onChange({ ...rank, priority: priority.data })
          }}
        >
          {PRIORITIES.map((priority) => (
            <option key={priority} value={priority}>
              {PRIORITY_LABELS[priority]}
            </option>
          ))}
        </Select>
      </Field>
    </>
  )
}
