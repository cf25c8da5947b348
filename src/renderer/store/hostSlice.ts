import type { StateCreator } from 'zustand'
import type { LinkState } from '../../shared/contract/bridge.ts'
import type { CommandResponse } from '../../shared/contract/commands.ts'
import type { SetupState } from '../../shared/contract/setup.ts'
import type { AgentView, ConnectionView, FleetView } from '../../shared/contract/views.ts'

/** What the host says about itself. */
export interface HostSlice {
  readonly link: LinkState
  /** undefined until the host has spoken. */
  readonly connection: ConnectionView | undefined
  readonly agent: AgentView | undefined
  readonly install: Pick<CommandResponse<'app.state'>, 'version' | 'workFolder' | 'canPractice'> | undefined
  /** How far the first run has come; undefined when it is over or was never begun. */
  readonly setup: SetupState | undefined
  /** What the last connection of this window found about roles and access. */
  readonly accessChecks: CommandResponse<'connection.connect'>['checks']
  setAccessChecks(checks: HostSlice['accessChecks']): void
  setSetup(setup: SetupState | undefined): void
  setLink(link: LinkState): void
  setConnection(connection: ConnectionView): void
  setAgent(agent: AgentView): void
  /** Everybody who works on the project, as of the last look; undefined before the first. */
  readonly fleet: FleetView | undefined
  setInstall(install: HostSlice['install']): void
  setFleet(fleet: FleetView | undefined): void
}

export const createHostSlice: StateCreator<HostSlice, [], [], HostSlice> = (set) => ({
  link: 'connecting',
  connection: undefined,
  agent: undefined,
  install: undefined,
  setup: undefined,
  accessChecks: [],
  fleet: undefined,
  setFleet: (fleet) => set({ fleet }),
  setAccessChecks: (accessChecks) => set({ accessChecks }),
  setSetup: (setup) => set({ setup }),
  setLink: (link) => set({ link }),
  setConnection: (connection) => set({ connection }),
  setAgent: (agent) => set({ agent }),
  setInstall: (install) => set({ install }),
})
