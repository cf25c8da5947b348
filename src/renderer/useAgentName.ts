import type { AgentId } from '../shared/domain/ids.ts'
import { useApp } from './store/store.ts'

/** What people call an agent; its id while the list of agents does not know it. */
export function useAgentName(id: AgentId | undefined): string | undefined {
  return useApp((state) =>
    id === undefined ? undefined : (state.fleet?.agents.find((agent) => agent.id === id)?.terms.name ?? id),
  )
}
