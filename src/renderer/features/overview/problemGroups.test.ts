import { expect, test } from 'vitest'
import type { FleetAgentView, TaskView } from '../../../shared/contract/views.ts'
import { problemsOf } from './problemGroups.ts'

const row = (id: string, part: Partial<TaskView>) => ({ task: { id }, status: 'queued', round: 0, ...part }) as TaskView
const agent = (part: object) =>
  ({
    id: 'a1',
    terms: { name: 'M1', group: 'Default', isEnabled: true },
    state: 'enabled',
    isAlive: true,
    ...part,
  }) as FleetAgentView

test('tasks of one reason are one problem with one remedy, the widest first; waiting that ends by itself is none', () => {
  const problems = problemsOf(
    [
      row('1', { status: 'failed', reason: 'The source is gone.' }),
      row('2', { status: 'completedWithIssues', reason: '3 files stayed behind.' }),
      row('3', { status: 'completedWithIssues', reason: '3 files stayed behind.' }),
      row('4', { waiting: { code: 'allBusy', text: 'All places are taken.' } }),
      row('5', { waiting: { code: 'noAgentInGroup', text: 'No agent belongs to group Night.' } }),
      row('6', { status: 'completed' }),
    ],
    [],
  )
  expect(problems.map(({ title, taskIds, remedy }) => [title, taskIds.length, remedy.kind])).toEqual([
    ['Completed with issues', 2, 'retry'],
    ['Failed', 1, 'retry'],
    ['Nobody can take it', 1, 'agents'],
  ])
})

test('an agent that was lost or cannot read a source is a problem; one that was stopped is none', () => {
  const beat = { hasLeft: false, sourceProblems: [] }
  const problems = problemsOf(
    [],
    [
      agent({ state: 'disconnected', isAlive: false, reason: 'It has shown no life for 10 minutes.', beat }),
      agent({ id: 'a2', state: 'disconnected', isAlive: false, beat: { ...beat, hasLeft: true } }),
      agent({ id: 'a3', beat: { ...beat, sourceProblems: [{ path: '/s', message: 'Access is denied.' }] } }),
    ],
  )
  expect(problems.map(({ key }) => key)).toEqual(['lost a1', 'blind a3'])
})
