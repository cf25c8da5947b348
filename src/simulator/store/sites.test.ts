import { describe, expect, test } from 'vitest'
import { createFileStores } from '../testing/fileStores.ts'
import { createSiteStore } from './sites.ts'

describe('sites', () => {
  test('a new site has its default library; ids look like the real ones', () => {
    const { sites, site, library } = createFileStores()
    expect(library).toMatchObject({ title: 'Documents', urlName: 'Shared Documents', isDefault: true, siteId: site.siteId })
    expect(library.driveId).toMatch(/^b![A-Za-z0-9_-]{64}$/)
    expect(library.rootItemId).toMatch(/^01[A-Z2-7]{32}$/)
    const personal = sites.createSite({
      hostname: 'contoso-my.sharepoint.com',
      path: '/personal/ann_contoso_com',
      title: 'Ann',
      kind: 'personal',
      ownerId: 'ann',
    })
    expect(sites.defaultLibrary(personal.siteId).urlName).toBe('Documents')
    expect(sites.personalSite('ann')?.siteId).toBe(personal.siteId)
    expect(personal.quotaBytes).toBe(1024 ** 4)
  })

  test('paths are found in any case, and the owner of a URL is the longest prefix of whole segments', () => {
    const { sites, site } = createFileStores()
    const root = sites.createSite({ hostname: 'contoso.sharepoint.com', path: '', title: 'Root', kind: 'root' })
    expect(sites.siteByPath('CONTOSO.sharepoint.com', '/Sites/FINANCE')?.siteId).toBe(site.siteId)
    expect(sites.siteOwning('contoso.sharepoint.com', '/sites/finance/Shared Documents/a')?.siteId).toBe(site.siteId)
    expect(sites.siteOwning('contoso.sharepoint.com', '/sites/finance2/x')?.siteId).toBe(root.siteId)
    expect(sites.siteOwning('other.sharepoint.com', '/sites/finance')).toBeUndefined()
  })

  test('a URL or a library name is taken once', () => {
    const { sites, site } = createFileStores()
    expect(() =>
      sites.createSite({ hostname: 'contoso.sharepoint.com', path: '/sites/Finance', title: 'F', kind: 'team' }),
    ).toThrow(expect.objectContaining({ status: 409 }))
    sites.createLibrary(site.siteId, 'Archive', 'Archive')
    expect(() => sites.createLibrary(site.siteId, 'ARCHIVE', 'other')).toThrow(expect.objectContaining({ status: 409 }))
    expect(sites.libraries(site.siteId).map((library) => library.title)).toEqual(['Documents', 'Archive'])
  })

  test('a store opened on the same database knows everything', () => {
    const { db, clock, sites, site } = createFileStores()
    sites.updateSite(site.siteId, { isReadOnly: true, adminIds: ['a', 'b'], quotaBytes: 5 })
    const team = sites.createTeam('Projects', site.siteId)
    const channel = sites.createChannel({
      teamId: team.teamId,
      displayName: 'General',
      membershipType: 'standard',
      siteId: site.siteId,
      isFolderCreated: false,
    })
    sites.markChannelFolderCreated(channel.channelId)
    const german = sites.createSite({
      hostname: 'contoso.sharepoint.com',
      path: '/sites/w',
      title: 'W',
      kind: 'team',
      language: 1031,
    })
    const random = { next: () => 0, integer: () => 0, guid: () => '', bytes: (n: number) => Buffer.alloc(n) }
    const reopened = createSiteStore({ db, clock, random })
    expect(reopened.site(site.siteId)).toEqual({ ...site, isReadOnly: true, adminIds: ['a', 'b'], quotaBytes: 5 })
    expect(reopened.libraries(site.siteId)).toEqual(sites.libraries(site.siteId))
    expect(reopened.site(german.siteId)).toEqual(german)
    expect(reopened.defaultLibrary(german.siteId)).toMatchObject({ title: 'Dokumente', urlName: 'Freigegebene Dokumente' })
    expect(reopened.channels(team.teamId)).toEqual([{ ...channel, isFolderCreated: true }])
  })
})
