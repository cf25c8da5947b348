import { Badge, type BadgeProps } from '@fluentui/react-components'
import { CheckmarkCircleFilled, PauseCircleFilled, PlayCircleFilled, PlugDisconnectedFilled } from '@fluentui/react-icons'
import type { ReactElement } from 'react'
import type { AgentState } from '../../../shared/domain/agent.ts'
import { AGENT_STATE_LABELS } from './agentWords.ts'

const LOOKS = {
  enabled: { color: 'success', icon: <CheckmarkCircleFilled /> },
  inUse: { color: 'brand', icon: <PlayCircleFilled /> },
  disabled: { color: 'informative', icon: <PauseCircleFilled /> },
  disconnected: { color: 'danger', icon: <PlugDisconnectedFilled /> },
} as const satisfies Record<AgentState, { readonly color: BadgeProps['color']; readonly icon: ReactElement }>

/** A word and a sign: never told by colour alone. */
export function AgentStateBadge({ state }: { readonly state: AgentState }) {
  const { color, icon } = LOOKS[state]
  return (
    <Badge appearance="tint" color={color} icon={icon} size="large">
      {AGENT_STATE_LABELS[state]}
    </Badge>
  )
}
