import { describe, expect, test } from 'vitest'
import { draftsOf, emptyForm } from './draft.ts'

const library = { ...emptyForm, sources: ['\\\\srv\\finance\\'], siteUrl: 'https://contoso.sharepoint.com/sites/finance/' }

describe('draftsOf', () => {
  test('says for every empty field what belongs there', () => {
    expect(draftsOf({ ...emptyForm, library: ' ' })).toEqual({
      problems: { source: expect.any(String), siteUrl: expect.any(String), library: expect.any(String) },
    })
    expect(draftsOf({ ...library, kind: 'oneDrive', upn: 'ann' })).toMatchObject({ problems: { upn: expect.any(String) } })
    expect(draftsOf({ ...library, kind: 'channel' })).toMatchObject({
      problems: { teamId: expect.any(String), channelId: expect.any(String) },
    })
  })

  test('one source is one task, named by its person or by the host', () => {
    expect(draftsOf({ ...library, folder: '\\Archive\\2026\\', isScanOnly: true })).toEqual({
      drafts: [
        {
          source: { kind: 'fileShare', path: '\\\\srv\\finance\\' },
          destination: {
            kind: 'library',
            siteUrl: 'https://contoso.sharepoint.com/sites/finance',
            library: 'Documents',
            folder: 'Archive/2026',
          },
          settings: { isScanOnly: true },
        },
      ],
    })
    expect(draftsOf({ ...library, name: ' Q3 ' })).toMatchObject({ drafts: [{ name: 'Q3' }] })
  })

  test('several sources never meet in one folder', () => {
    const result = draftsOf({ ...library, sources: ['/srv/a', '', '/srv/b/'], folder: 'In', name: 'ignored' })
    const drafts = 'drafts' in result ? result.drafts : []
    expect(drafts.map(({ destination }) => destination.folder)).toEqual(['In/a', 'In/b'])
    expect(drafts.every(({ name }) => name === undefined)).toBe(true)
  })

  test('what the contract refuses is shown at its field', () => {
    expect(draftsOf({ ...library, name: 'x'.repeat(300) })).toMatchObject({ problems: { name: expect.any(String) } })
  })
})
