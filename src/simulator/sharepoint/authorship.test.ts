import { expect, test } from 'vitest'
import { readSiteDate } from './authorship.ts'

const ENGLISH = 1033
const GERMAN = 1031

test.each([
  ['2021-11-08T03:57:05Z', ENGLISH, '2021-11-08T03:57:05.000Z'],
  ['2021-11-08T03:57:05', GERMAN, '2021-11-08T03:57:05.000Z'],
  ['2021-11-08T03:57:05+02:00', ENGLISH, '2021-11-08T01:57:05.000Z'],
  ['2021-11-08', ENGLISH, '2021-11-08T00:00:00.000Z'],
  ['3/4/2020', ENGLISH, '2020-03-04T00:00:00.000Z'],
  ['12/31/2020 12:05 AM', ENGLISH, '2020-12-31T00:05:00.000Z'],
  ['12/31/2020 12:05 PM', ENGLISH, '2020-12-31T12:05:00.000Z'],
  ['3.4.2020', GERMAN, '2020-04-03T00:00:00.000Z'],
  ['31.12.2020 23:59', GERMAN, '2020-12-31T23:59:00.000Z'],
])('%s on a site of %i is %s', (text, language, expected) => {
  expect(new Date(readSiteDate(text, language) ?? 0).toISOString()).toBe(expected)
})

test.each([
  ['31/12/2020', ENGLISH],
  ['2/30/2020', ENGLISH],
  ['3/4/2020', GERMAN],
  ['3.4.2020', ENGLISH],
  ['1899-12-31', ENGLISH],
  ['yesterday', ENGLISH],
  ['', ENGLISH],
])('%s on a site of %i is no date', (text, language) => {
  expect(readSiteDate(text, language)).toBeUndefined()
})
