import { expect, test } from 'vitest'
import { createHomeMatcher, type HomeOwner } from './homeFolders.ts'

const owner = (upn: string, displayName: string, samAccountName?: string): HomeOwner => ({
  upn,
  displayName,
  mailNickname: upn.split('@')[0],
  samAccountName,
})
const match = createHomeMatcher([
  owner('ann.archer@contoso.com', 'Ann Archer', 'aarcher'),
  owner('bob@contoso.com', 'Bob Müller'),
  owner('kim@contoso.com', 'Kim Lee'),
  owner('kim@fabrikam.com', 'Kim Lee'),
])

test.each([
  ['aarcher', 'ann.archer@contoso.com', 'Windows logon name'],
  ['AARCHER$', 'ann.archer@contoso.com', 'Windows logon name'],
  ['aarcher.CONTOSO', 'ann.archer@contoso.com', 'Windows logon name'],
  ['Ann.Archer', 'ann.archer@contoso.com', 'sign-in name'],
  ['Archer, Ann', 'ann.archer@contoso.com', 'display name'],
  ['Bob Muller', 'bob@contoso.com', 'display name'],
])('%s belongs to %s by the %s', (folder, upn, how) => {
  expect(match(folder).map((found) => [found.owner.upn, found.how])).toEqual([[upn, how]])
})

test('two people of one name are both told: a person decides', () => {
  expect(match('kim').map((found) => found.owner.upn)).toEqual(['kim@contoso.com', 'kim@fabrikam.com'])
})

test('a folder that is nobody’s matches nobody', () => {
  expect(match('Archive 2019')).toEqual([])
  expect(match('---')).toEqual([])
})
