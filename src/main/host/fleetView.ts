import type { FleetAgentView, FleetView } from '../../shared/contract/views.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { FleetAgent } from './fleet.ts'
import type { FleetGlance } from './fleetGlance.ts'
import { forecastProject } from './projectForecast.ts'

/** An agent as screens see it: without what only agents say to each other. */
export function fleetAgentView({ id, terms, beat, state, isAlive, reason }: FleetAgent): FleetAgentView {
  return { id, terms, state, isAlive, ...(reason === undefined ? {} : { reason }), ...(beat ? { beat } : {}) }
}

/** The fleet of one glance with what it makes of the tasks of the same moment. */
export function fleetView(records: readonly TaskRecord[], glance: FleetGlance): FleetView {
  return { agents: glance.agents.map(fleetAgentView), ...forecastProject(records, glance) }
}
