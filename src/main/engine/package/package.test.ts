import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PACKAGE_BYTES_MAX, PACKAGE_BYTES_MIN, PACKAGE_ITEMS_MAX, PACKAGE_ITEMS_MIN } from '../../../shared/limits.ts'
import { MINUTE_MS } from '../../../shared/units.ts'
import type { ImportPlace } from '../ports/importService.ts'
import { idInETag, idText } from './ids.ts'
import { type JobTally, NEW_JOB, parseJobEvent, tally, workedMs } from './jobEvents.ts'
import { judgeJob } from './jobOutcome.ts'
import { type ManifestArchive, type ManifestFolder, manifestSet } from './manifest.ts'
import { halves, LARGEST_TARGET, nextTarget, PackageFiller } from './packagePlan.ts'
import { element, escapeXml, isExpressible, xmlTime } from './xmlText.ts'

const GUID = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`
const noTimes = { createdMs: undefined, modifiedMs: undefined }
const place: ImportPlace = {
  siteUrl: 'https://contoso.sharepoint.com/sites/fin',
  webId: GUID('a'),
  webPath: 'sites/fin',
  webRootFolderId: GUID('b'),
  listId: `{${GUID('C')}}`,
  listTitle: 'Documents',
  rootFolder: { id: GUID('d'), name: 'Shared Documents', ...noTimes },
  chain: [],
}
const folder: ManifestFolder = {
  id: GUID('e'),
  parentId: GUID('d'),
  name: 'Q&A',
  path: 'sites/fin/Shared Documents/Q&A',
  createdMs: Date.UTC(2019, 1, 1, 8),
  modifiedMs: Date.UTC(2021, 10, 8, 3, 57, 5, 999),
}
const setOf = (over: Partial<ImportPlace> = {}, archives: readonly ManifestArchive[] = []) =>
  manifestSet({
    place: { ...place, ...over },
    folders: [folder],
    files: [
      {
        ...folder,
        id: GUID('f'),
        folder,
        name: 'a "b" <c>.txt',
        sizeBytes: 5,
        blobName: 'f.dat',
        encryptedMd5: 'md5==',
        quickXorHash: 'hash',
        author: undefined,
      },
    ],
    archives,
  })

describe('the manifest set', () => {
  test('has the eight documents by their exact names', () => {
    expect(setOf().map(({ name }) => name)).toEqual([
      'ExportSettings.xml',
      'SystemData.xml',
      'Manifest.xml',
      'UserGroup.xml',
      'Requirements.xml',
      'RootObjectMap.xml',
      'LookupListMap.xml',
      'ViewFormsList.xml',
    ])
  })

  test('says objects server-relative and what is in them web-relative, parents first, files without list items', () => {
    const text = setOf().find(({ name }) => name === 'Manifest.xml')?.text ?? ''
    const objects = [...text.matchAll(/ObjectType="(\w+)"[^>]* Url="([^"]*)"/g)].map(([, type, url]) => [type, url])
    expect(objects).toEqual([
      ['SPFolder', '/sites/fin/Shared Documents'],
      ['SPDocumentLibrary', '/sites/fin/Shared Documents'],
      ['SPFolder', '/sites/fin/Shared Documents/Q&amp;A'],
      ['SPFile', '/sites/fin/Shared Documents/Q&amp;A/a &quot;b&quot; &lt;c&gt;.txt'],
    ])
    expect(text).toContain('<File Url="Shared Documents/Q&amp;A/a &quot;b&quot; &lt;c&gt;.txt"')
    expect(text).toContain('<Folder Id="eeeeeeee-0000-4000-8000-eeeeeeeeeeee" Url="Shared Documents/Q&amp;A" Name="Q&amp;A"')
    expect(text).toContain('TimeCreated="2019-02-01T08:00:00Z" TimeLastModified="2021-11-08T03:57:05Z"')
    expect(text).not.toMatch(/ListItemIntId|SPListItem|undefined|[{}]/)
  })

  test('archives of small files have a document of their own', () => {
    const last = setOf({}, [{ name: 'a.zip', quickXorHash: 'hash=', members: ['f.dat', 'g.dat'] }]).at(-1)
    expect(last?.name).toBe('ArchivedFiles.xml')
    expect(last?.text).toContain(
      '<ArchivedFiles><ArchivedFile Name="a.zip" Checksum="hash="><File FileValue="f.dat"/><File FileValue="g.dat"/></ArchivedFile></ArchivedFiles>',
    )
  })

  test('the root web has no path of its own', () => {
    const root = { ...folder, path: 'Shared Documents/Q' }
    const [, , manifest] = manifestSet({ place: { ...place, webPath: '' }, folders: [root], files: [], archives: [] })
    expect(manifest?.text).toContain('ParentWebUrl="/"')
    expect(manifest?.text).toContain('Url="/Shared Documents/Q"')
  })
})

describe('text in XML', () => {
  test('comes back as it went in, whatever it is, or is refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        if (!isExpressible(text)) return
        const escaped = escapeXml(text)
        expect(escaped).not.toMatch(/["<>\t\n\r]/)
        const back = escaped.replace(/&(?:#(\d+)|(\w+));/g, (_, code: string | undefined, name: string) =>
          code === undefined
            ? ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[name] ?? '?')
            : String.fromCharCode(Number(code)),
        )
        expect(back).toBe(text)
      }),
    )
  })

  test.each([
    ['a\u0001b', false],
    ['\uFFFE', false],
    ['\uD800', false],
    ['plain ä 漢 😀 \t', true],
  ])('%j can be expressed: %s', (text, isPossible) => {
    expect(isExpressible(text)).toBe(isPossible)
  })

  test('members that are undefined are left out', () => {
    expect(element('File', { A: 1, B: undefined, C: '' })).toBe('<File A="1" C=""/>')
    expect(xmlTime(Date.UTC(2020, 0, 1, 0, 0, 0, 999))).toBe('2020-01-01T00:00:00Z')
  })
})

describe('ids', () => {
  test.each([
    ['"{5C1F9E0B-0000-4000-8000-00000000000A},3"', '5c1f9e0b-0000-4000-8000-00000000000a'],
    ['"5c1f9e0b-0000-4000-8000-00000000000a,3"', '5c1f9e0b-0000-4000-8000-00000000000a'],
    ['"1"', undefined],
    [undefined, undefined],
  ])('the eTag %s tells %s', (eTag, id) => {
    expect(idInETag(eTag)).toBe(id)
  })

  test('are made from site, list, kind and path, in any spelling of the same name', () => {
    expect(idText(place, 'file', 'a/\u00e9')).toBe(idText({ ...place, listId: place.listId.toUpperCase() }, 'file', 'a/e\u0301'))
    expect(idText(place, 'file', 'a')).not.toBe(idText(place, 'folder', 'a'))
  })
})

describe('packages', () => {
  test('hold everything once, in order, within their bounds', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400)), fc.integer({ min: 1, max: 9 }), (sizes, items) => {
        const target = { items, bytes: 200 }
        const filler = new PackageFiller<{ sizeBytes: number; index: number }>(() => target)
        const packages = [...sizes.flatMap((sizeBytes, index) => filler.add({ sizeBytes, index })), ...filler.finish()]
        expect(
          packages
            .flat()
            .map(({ index }) => index)
            .sort((a, b) => a - b),
        ).toEqual(sizes.map((_, index) => index))
        for (const one of packages) {
          expect(one.length).toBeLessThanOrEqual(items)
          const bytes = one.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
          expect(one.length === 1 || bytes <= target.bytes).toBe(true)
        }
      }),
    )
  })

  test('are filled to the size that is right when they are filled', () => {
    let target = LARGEST_TARGET
    const filler = new PackageFiller<{ sizeBytes: number }>(() => target)
    const formed: number[] = []
    for (let index = 0; index < 1500; index++) {
      for (const one of filler.add({ sizeBytes: 1 })) {
        formed.push(one.length)
        target = nextTarget(target, { isClean: formed.length > 3, importMs: 1 })
      }
    }
    expect(formed).toEqual([250, 125, 63, 50, 63, 79, 99, 124, 155, 194, 243])
  })

  test('shrink after bad imports, grow back after good ones, and never leave their bounds', () => {
    let target = LARGEST_TARGET
    for (let count = 0; count < 9; count++) target = nextTarget(target, { isClean: false, importMs: 1 })
    expect(target).toEqual({ items: PACKAGE_ITEMS_MIN, bytes: PACKAGE_BYTES_MIN })
    for (let count = 0; count < 99; count++) target = nextTarget(target, { isClean: true, importMs: 1 })
    expect(target).toEqual({ items: PACKAGE_ITEMS_MAX, bytes: PACKAGE_BYTES_MAX })
    expect(nextTarget(LARGEST_TARGET, { isClean: true, importMs: 11 * MINUTE_MS }).items).toBe(PACKAGE_ITEMS_MAX / 2)
    expect(halves([1, 2, 3])).toEqual([[1, 2], [3]])
    expect(halves([1])).toEqual([[1]])
  })
})

const told = (...events: readonly object[]): JobTally =>
  events.reduce<JobTally>((state, event) => {
    const parsed = parseJobEvent(JSON.stringify(event))
    return parsed ? tally(state, parsed) : state
  }, NEW_JOB)

describe('job events', () => {
  test('what is not understood changes nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        const event = parseJobEvent(line)
        expect(event === undefined || tally(NEW_JOB, event).end === undefined).toBe(true)
      }),
    )
    expect(told({ Event: 'SomethingNew', X: '1' })).toEqual(NEW_JOB)
  })

  test('how long a job took does not count its time in the queue', () => {
    const events = [
      { Event: 'JobQueued', Time: '11/21/2026 01:00:00.000' },
      { Event: 'JobStart', Time: '11/21/2026 05:59:59.250' },
      { Event: 'JobEnd', Time: '11/21/2026 06:10:00.5' },
    ]
    expect(workedMs(told(...events))).toBe(601_250)
    expect(workedMs(told({ Event: 'JobStart', Time: 'soon' }, { Event: 'JobEnd', Time: '' }))).toBeUndefined()
  })

  test('events that come twice count once', () => {
    const error = { Event: 'JobError', Id: GUID('f'), ErrorCode: '-1', Message: 'bad', TotalErrors: '1' }
    const end = { Event: 'JobEnd', FilesCreated: '7', TotalErrors: '1' }
    const once = told(error, end)
    expect(told(error, error, end, end)).toEqual(once)
    expect([once.end, once.filesCreated, once.totalErrors, once.complaints.length]).toEqual(['ended', 7, 1, 1])
  })

  test('a fatal error is taken back when the service starts the job again', () => {
    const fatal = { Event: 'JobFatalError', TotalRetryCount: '0', Message: 'x' }
    expect(told(fatal).end).toBe('fatal')
    expect(told(fatal, { Event: 'JobStart', TotalRetryCount: '1' }).end).toBeUndefined()
    expect(told(fatal, { Event: 'JobStart', TotalRetryCount: '1' }, { Event: 'JobEnd' }).end).toBe('ended')
  })
})

describe('the verdict on a job', () => {
  const items = ['1', '2', '3'].map((item) => ({ item, guids: [GUID(item)], path: `sites/fin/L/${item}.txt` }))
  const complaint = { Event: 'JobError', Id: GUID('1'), ErrorCode: '-1', Message: 'The name is bad.' }
  const end = { Event: 'JobEnd', TotalErrors: '1' }

  test('a named item is refused with the words of the service; the others are there', () => {
    const verdict = judgeJob(told(complaint, end), items)
    expect([verdict.kind, verdict.refused, verdict.rest]).toEqual([
      'imported',
      [{ item: '1', code: 'JOB_ITEM_REFUSED', message: 'The name is bad.' }],
      ['2', '3'],
    ])
  })

  test('an item is also known by its path', () => {
    const byUrl = { ...complaint, Id: GUID('9'), Url: '/sites/fin/L/2.TXT' }
    expect(judgeJob(told(byUrl, end), items).refused.map(({ item }) => item)).toEqual(['2'])
  })

  test.each([
    ['-2147024816', 'It exists.'],
    ['-2147286782', 'STG_E_REVERTED'],
    ['-1', 'Missing file info for list item'],
    ['-1', 'The MD5 of the blob is wrong.'],
  ])('%s %s sends the item the other way', (ErrorCode, Message) => {
    const verdict = judgeJob(told({ ...complaint, ErrorCode, Message }, end), items)
    expect([verdict.kind, verdict.refused, verdict.otherRoute.map(({ item }) => item)]).toEqual(['imported', [], ['1']])
  })

  test.each([
    [{ Event: 'JobFatalError', Message: 'x' }, 'cutShort'],
    [{ Event: 'JobFatalError', Message: 'Operation canceled' }, 'cutShort'],
    [{ Event: 'JobFatalError', ErrorCode: '-2147024891', Message: 'Access is denied.' }, 'notAllowed'],
    [{ Event: 'JobFatalError', Message: '[System.Xml.Schema.XmlSchemaValidationException] no' }, 'defect'],
    [{ Event: 'JobEnd', TotalErrors: '100' }, 'cutShort'],
    [{ Event: 'JobEnd', TotalErrors: '99' }, 'imported'],
    [{ Event: 'JobCancelled' }, 'cancelled'],
  ])('%j means %s', (event, kind) => {
    expect(judgeJob(told(event), items).kind).toBe(kind)
  })

  test('a job that is cancelled because the tenant blocks migrations is a refusal of all imports, with the reason', () => {
    const blocked = tally(tally(NEW_JOB, { name: 'JobPostponed', fields: { Reason: 'JobFailure:TenantBlock' } }), {
      name: 'JobCancelled',
      fields: {},
    })
    const verdict = judgeJob(blocked, items)
    expect([verdict.kind, verdict.message]).toEqual(['notAllowed', expect.stringContaining('TenantBlock')])
  })

  test('every item is in exactly one place, whatever is said', () => {
    const message = fc.constantFrom('bad', 'already exists', 'Operation canceled', 'Access is denied', 'MD5')
    const anyEvent = fc.record({
      Event: fc.constantFrom('JobError', 'JobFatalError', 'JobEnd'),
      Id: fc.constantFrom(GUID('1'), GUID('2'), 'x'),
      Message: message,
    })
    fc.assert(
      fc.property(fc.array(anyEvent), (events) => {
        const { refused, otherRoute, rest } = judgeJob(told(...events), items)
        expect([...refused.map(({ item }) => item), ...otherRoute.map(({ item }) => item), ...rest].sort()).toEqual([
          '1',
          '2',
          '3',
        ])
      }),
    )
  })
})
