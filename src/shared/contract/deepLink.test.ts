import { expect, test } from 'vitest'
import { parseAppLink } from './deepLink.ts'

const id = '3e9c1a52-7b1c-4c7f-9b53-0d8f6f1f2a11'

test.each([
  ['portage://reports', { kind: 'view', view: 'reports' }],
  ['portage://overview/', { kind: 'view', view: 'overview' }],
  [`portage://task/${id}`, { kind: 'task', taskId: id }],
])('%s opens its place', (link, place) => {
  expect(parseAppLink(link)).toEqual(place)
})

test.each([
  'portage://app/',
  'portage://task/',
  'portage://task/../../etc/passwd',
  `portage://task/${id}?run=1`,
  `portage://me@task/${id}`,
  'portage://reports/deeper',
  'portage://constructor',
  'https://task/x',
  'javascript:alert(1)',
  '--inspect',
  '',
])('%s opens nothing', (link) => {
  expect(parseAppLink(link)).toBeUndefined()
})
