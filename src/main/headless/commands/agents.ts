import type { Command } from 'commander'
import { type AgentTerms, agentNameSchema, placesSchema } from '../../../shared/domain/agent.ts'
import { groupNameSchema } from '../../../shared/domain/taskRank.ts'
import { withHost } from '../../host/createHost.ts'
import type { FleetAgent } from '../../host/fleet.ts'
import { EXIT } from '../exitCodes.ts'
import { formatBytes, formatCount } from '../format.ts'
import { textTable } from '../output.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'
import { parsed } from './planOptions.ts'

const AGENT = 'id or name'

/** The agents of the project, from any install. */
export function addAgentListCommands(agent: Command, invoke: Invoke): void {
  withCommonOptions(agent.command('list')).description('Show all agents of the project and what they do.').action(invoke(list))
  withCommonOptions(agent.command('enable'))
    .description('Let an agent take tasks.')
    .argument('<agent>', AGENT)
    .action(invoke(change('agent.enabled', () => ({ isEnabled: true }))))
  withCommonOptions(agent.command('disable'))
    .description('Let an agent end what it has in work and take nothing more.')
    .argument('<agent>', AGENT)
    .action(invoke(change('agent.disabled', () => ({ isEnabled: false }))))
  withCommonOptions(agent.command('rename'))
    .description('Give an agent another name.')
    .argument('<agent>', AGENT)
    .argument('<name>')
    .action(invoke(change('agent.renamed', (name) => ({ name: parsed(agentNameSchema, name, 'The name') }))))
  withCommonOptions(agent.command('group'))
    .description('Put an agent into a group: it takes the tasks of this group, and scans of all.')
    .argument('<agent>', AGENT)
    .argument('<group>')
    .action(invoke(change('agent.grouped', (group) => ({ group: parsed(groupNameSchema, group, 'The group') }))))
  withCommonOptions(agent.command('places'))
    .description('Set how many tasks an agent works on at the same time.')
    .argument('<agent>', AGENT)
    .argument('<count>')
    .action(invoke(change('agent.changed', (count) => ({ places: placesFrom(count, 'The count') }))))
  withCommonOptions(agent.command('leave'))
    .description('Take an agent that is stopped off the list.')
    .argument('<agent>', AGENT)
    .action(invoke(leave))
}

const list: Act = async ({ output, workFolder, stops }) => {
  const agents = await withHost(hostEnvironment(workFolder), (host) => host.fleet.agents(stops.drop))
  output.result(agents.map(agentDocument), () =>
    agents.length === 0
      ? 'No agents yet. Start one with "portage agent run".'
      : textTable(
          ['Name', 'Id', 'Group', 'State', 'Places', 'Works on', 'Today', 'Why'],
          agents.map((agent) => [
            agent.terms.name,
            agent.id,
            agent.terms.group,
            agent.state,
            agent.beat ? `${agent.beat.running.length}/${agent.beat.places}` : '',
            agent.beat ? agent.beat.running.map(({ name }) => name).join(', ') : '',
            agent.beat ? `${formatCount(agent.beat.spent.units)} RU, ${formatBytes(agent.beat.spent.bytes)}` : '',
            agent.reason ?? agent.beat?.sourceProblems.map(({ message }) => message).join(' ') ?? '',
          ]),
        ),
  )
  return EXIT.done
}

function change(action: string, decide: (value: string) => Partial<AgentTerms>): Act {
  return async ({ args, output, workFolder, stops }) => {
    const [reference = '', value = ''] = args
    const terms = decide(value)
    const agent = await withHost(hostEnvironment(workFolder), (host) =>
      host.fleet.changeTerms(reference, { terms, action }, stops.drop),
    )
    const { name, group, isEnabled } = agent.terms
    output.result(agentDocument(agent), () => `Agent "${name}" of group ${group} is ${isEnabled ? 'enabled' : 'disabled'}.`)
    return EXIT.done
  }
}

const leave: Act = async ({ args, output, workFolder, stops }) => {
  const agent = await withHost(hostEnvironment(workFolder), (host) => host.fleet.forget(args[0] ?? '', stops.drop))
  output.result(agentDocument(agent), () => `Agent "${agent.terms.name}" was taken off the list.`)
  return EXIT.done
}

/** Tasks at the same time, as typed. Errors: INPUT_USAGE. */
export const placesFrom = (given: unknown, what: string): number => parsed(placesSchema, Number(given), what)

/** What `--json` shows of an agent. */
export function agentDocument({ id, terms, beat, state, isAlive, reason }: FleetAgent): object {
  const { at, auditHead: _head, hasLeft: _left, ...rest } = beat ?? { at: undefined }
  return { id, ...terms, state, isAlive, reason, lastSeenAt: at, ...rest }
}
