import { expect, test } from 'vitest'
import { defaultTaskSettings } from '../../../shared/domain/settings.ts'
import { effective, levelsOfTask, without } from './levels.ts'

test('the task wins over the project, the project over the product, and each says whose word it overrides', () => {
  expect(effective('symlinks', { project: {}, task: {} })).toEqual({ value: 'skip', level: 'product', instead: undefined })
  expect(effective('symlinks', { project: { symlinks: 'follow' }, task: {} })).toEqual({
    value: 'follow',
    level: 'project',
    instead: { value: 'skip', level: 'product' },
  })
  expect(effective('symlinks', { project: { symlinks: 'follow' }, task: { symlinks: 'skip' } })).toEqual({
    value: 'skip',
    level: 'task',
    instead: { value: 'follow', level: 'project' },
  })
})

test('a choice that equals the default is still the choice of its level', () => {
  expect(effective('preserveTimes', { project: {}, task: { preserveTimes: true } }).level).toBe('task')
})

test('of a stored task, what was not chosen for it and differs from the product came from the project', () => {
  const settings = { ...defaultTaskSettings(), preserveTimes: false, symlinks: 'follow' as const }
  expect(levelsOfTask(settings, ['symlinks'])).toEqual({ task: { symlinks: 'follow' }, project: { preserveTimes: false } })
  expect(levelsOfTask(settings, undefined).task).toEqual({ preserveTimes: false, symlinks: 'follow' })
})

test('a level that forgets a name says nothing about it', () => {
  expect(without({ symlinks: 'skip', preserveTimes: true }, 'symlinks')).toEqual({ preserveTimes: true })
})
