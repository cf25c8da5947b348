import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import { parseScanFile } from './scanFileImport.ts'
import { parseTaskFile, readTaskFile } from './taskFileImport.ts'
import { exampleScanCsv, exampleTaskCsv, exampleTaskJson } from './taskFileTemplates.ts'

const csv = (text: string) => parseTaskFile(text, { isJson: false })
const json = (document: unknown) => parseTaskFile(JSON.stringify(document), { isJson: true })
const row = (source: string, site = 'https://contoso.sharepoint.com/sites/a', library = 'Documents', folder = '') =>
  csv(`${source},,,${site},${library},${folder}`)
const flawsOf = ({ problems }: { readonly problems: readonly { readonly row: number; readonly field: string }[] }) =>
  problems.map((problem) => `${problem.row} ${problem.field}`)
const task = (settings: Record<string, unknown>) => ({
  Tasks: [
    { SourcePath: '\\\\s\\x', TargetPath: 'https://contoso.sharepoint.com/sites/a', TargetList: 'Documents', Settings: settings },
  ],
})

describe('the CSV form', () => {
  test("Microsoft's example is taken as it is", () => {
    const file = csv(
      '\\\\MigrationTests\\testfiles,,,https://contoso.sharepoint.com/sites/sitecollection,Documents,SubFolderName\r\n' +
        '\\\\MigrationTests\\testfiles,,,https://contoso-my.sharepoint.com/personal/user_contoso_onmicrosoft_com,Documents,\r\n',
    )
    expect(file).toEqual({
      drafts: [
        {
          row: 1,
          sourceField: 'FileSharePath',
          name: 'testfiles',
          source: { kind: 'fileShare', path: '\\\\MigrationTests\\testfiles' },
          destination: {
            kind: 'library',
            siteUrl: 'https://contoso.sharepoint.com/sites/sitecollection',
            library: 'Documents',
            folder: 'SubFolderName',
          },
          settings: {},
        },
        {
          row: 2,
          sourceField: 'FileSharePath',
          name: 'testfiles (2)',
          source: { kind: 'fileShare', path: '\\\\MigrationTests\\testfiles' },
          destination: {
            kind: 'library',
            siteUrl: 'https://contoso-my.sharepoint.com/personal/user_contoso_onmicrosoft_com',
            library: 'Documents',
            folder: '',
          },
          settings: {},
        },
      ],
      problems: [],
      badRows: [],
      warnings: [],
      rowCount: 2,
    })
  })

  test('header, mark, quoting, blank lines, semicolons and the hub columns are understood', () => {
    const file = csv(
      '\uFEFFFileSharePath;;;SharePointSite;DocLibrary;DocSubFolder;RegisterAsHubSite;AssociateWithHubURL\r\n\r\n' +
        '"\\\\server\\share; old";;;adele@contoso.com;Documents;\\A\\B\\;;\r\n;;;;;;;\r\n',
    )
    expect(file.problems).toEqual([])
    expect(file.rowCount).toBe(1)
    expect(file.drafts).toMatchObject([
      {
        row: 3,
        source: { path: '\\\\server\\share; old' },
        destination: { kind: 'oneDrive', upn: 'adele@contoso.com', folder: 'A/B' },
      },
    ])
  })

  test.each([
    ['', 'FileSharePath'],
    ['D:\\data', 'FileSharePath'],
    ['data\\x', 'FileSharePath'],
    ['\\\\server', 'FileSharePath'],
    ['\\\\server\\share\\..\\x', 'FileSharePath'],
    ['https://contoso.sharepoint.com/sites/old', 'FileSharePath'],
  ])('source %j is refused', (source, field) => {
    expect(flawsOf(row(source))).toEqual([`1 ${field}`])
  })

  test.each([
    ['\\\\server\\share\\', '\\\\server\\share'],
    ['//server/share/x', '\\\\server\\share\\x'],
    ['\\\\server\\c$\\data', '\\\\server\\c$\\data'],
    ['/mnt/share/', '/mnt/share'],
  ])('source %j is taken as %j', (source, expected) => {
    expect(row(source).drafts[0]?.source.path).toBe(expected)
  })

  test.each([
    [''],
    ['finance'],
    ['http://contoso.sharepoint.com/sites/a'],
    ['https://example.com/sites/a'],
    ['https://contoso.sharepoint.com/sites/'],
    ['https://contoso-my.sharepoint.com/_layouts/15/onedrive.aspx'],
    ['https://contoso-my.sharepoint.com/personal/a_contoso_com/_layouts/15/onedrive.aspx'],
    ['https://contoso.sharepoint.com/sites/a/Shared Documents/Forms/AllItems.aspx'],
    ['https://contoso.sharepoint.com/:f:/s/a/Eabc'],
    ['https://contoso.sharepoint.com/sites/a?web=1'],
    ['https://teams.microsoft.com/l/channel/19%3a123/General'],
  ])('destination %j is refused', (site) => {
    const { drafts, problems } = row('\\\\s\\x', site)
    expect(drafts).toEqual([])
    expect(problems).toMatchObject([{ row: 1, field: 'SharePointSite', value: site }])
  })

  test.each([
    ['https://contoso.sharepoint.com/sites/a/', 'https://contoso.sharepoint.com/sites/a'],
    ['https://contoso.sharepoint.com', 'https://contoso.sharepoint.com'],
    ['https://contoso.sharepoint.us/teams/x', 'https://contoso.sharepoint.us/teams/x'],
    ['https://contoso.sharepoint.com/sites/forms', 'https://contoso.sharepoint.com/sites/forms'],
  ])('destination %j is taken', (site, expected) => {
    expect(row('\\\\s\\x', site).drafts[0]?.destination).toMatchObject({ kind: 'library', siteUrl: expected })
  })

  test('libraries and folders are judged, and every flaw of a row is told', () => {
    const file = csv(
      'D:\\x,list,sub,http://contoso.sharepoint.com/sites/a,Documents/A,..\n\\\\s\\x,,,a@contoso.com,Other,\n\\\\s\\x,,,https://contoso.sharepoint.com/sites/a,,bad?',
    )
    expect(flawsOf(file)).toEqual([
      '1 column 2',
      '1 column 3',
      '1 FileSharePath',
      '1 SharePointSite',
      '1 DocLibrary',
      '1 DocSubFolder',
      '2 DocLibrary',
      '3 DocLibrary',
      '3 DocSubFolder',
    ])
    for (const { message, fix } of file.problems) expect(`${message}${fix}`).toMatch(/^\S.*\.$/s)
  })

  test('good rows stay when others are bad; the same pair twice is refused whatever its case', () => {
    const file = csv(
      [
        '\\\\S\\x,,,https://contoso.sharepoint.com/sites/a,Documents,',
        'bad,,,https://contoso.sharepoint.com/sites/a,Documents,',
        '\\\\s\\X,,,https://CONTOSO.sharepoint.com/sites/A/,documents,',
        '\\\\s\\x,,,https://contoso.sharepoint.com/sites/a,Documents,other',
      ].join('\n'),
    )
    expect(file.drafts.map((draft) => draft.row)).toEqual([1, 4])
    expect(flawsOf(file)).toEqual(['2 FileSharePath', '3 FileSharePath'])
    expect(file.problems[1]?.message).toBe('Row 1 already has this source and destination.')
  })

  test('too few or too many columns, broken quotes and hub sites are told', () => {
    const site = 'https://contoso.sharepoint.com/sites/a'
    expect(flawsOf(csv('\\\\s\\x'))).toEqual(['1 columns'])
    expect(flawsOf(csv(`\\\\s\\x,,,${site},Documents`))).toEqual(['1 columns'])
    expect(flawsOf(csv(`\\\\s\\x,,,${site},Documents,,,,more`))).toEqual(['1 columns'])
    expect(flawsOf(csv(`"\\\\s\\x,,,${site},Documents,`))).toEqual(['1 quotes'])
    expect(flawsOf(csv(`\\\\s\\x,,,${site},Documents,,TRUE,${site}`))).toEqual(['1 RegisterAsHubSite', '1 AssociateWithHubURL'])
    expect(flawsOf(csv('FileSharePath,,,SharePointSite,DocLibrary,DocSubFolder\r\n'))).toEqual(['0 file'])
    expect(flawsOf(csv(''))).toEqual(['0 file'])
  })
})

describe('the JSON form', () => {
  test("Microsoft's example with its stray comma is taken, settings included", () => {
    const file = parseTaskFile(
      `{"Tasks": [{"SourcePath": "\\\\\\\\s\\\\a, ]", "TargetPath": "https://contoso.sharepoint.com/sites/a", "TargetList": "Documents",
        "TargetListRelativePath": "subfolder", "Settings": {"MigrateHiddenItems": true, "MigrateItemsCreatedAfter": "2016-05-22",
        "MigrateItemsModifiedAfter": "2016-05-22", "SkipFilesWithExtensions": "TXT:.mp3", "MigrateOneNoteNotebook": true, }, },]}`,
      { isJson: true },
    )
    expect(file.problems).toEqual([])
    expect(file.drafts).toMatchObject([
      {
        row: 1,
        source: { path: '\\\\s\\a, ]' },
        destination: { folder: 'subfolder' },
        settings: {
          migrateHiddenItems: true,
          migrateItemsCreatedAfter: '2016-05-22',
          migrateItemsModifiedAfter: '2016-05-22',
          skipFilesWithExtensions: ['txt', 'mp3'],
        },
      },
    ])
    expect(flawsOf({ problems: file.warnings })).toEqual(['1 Settings.MigrateOneNoteNotebook'])
  })

  test('unknown keys are refused with a hint', () => {
    const { Tasks } = task({ MigrateHidenItems: true, Zebra: 1 })
    const file = json({ Tasks: [{ ...Tasks[0], Sourcepath: 'x', SourceList: 'y' }], Version: 1 })
    expect(file.drafts).toEqual([])
    expect(file.problems.map(({ field, fix }) => [field, fix])).toEqual([
      ['Version', 'Known are Tasks; remove it or correct its name.'],
      ['Sourcepath', 'Did you mean SourcePath?'],
      ['SourceList', 'Only file shares are migrated; remove it.'],
      ['Settings.MigrateHidenItems', 'Did you mean MigrateHiddenItems?'],
      ['Settings.Zebra', expect.stringContaining('Known are MigrateHiddenItems')],
    ])
  })

  test.each([
    ['MigrateHiddenItems', 'perhaps'],
    ['MigrateItemsCreatedAfter', '22.05.2016'],
    ['MigrateItemsModifiedAfter', '2016-02-31'],
    ['SkipFilesWithExtensions', 'a/b'],
    ['SkipFilesWithExtensions', 5],
    ['UseCustomAzureStorage', 'true'],
    ['UserMappingCSVFile', 'C:\\map.csv'],
  ])('%s = %j is refused', (key, value) => {
    expect(flawsOf(json(task({ [key]: value })))).toEqual([`1 Settings.${key}`])
  })

  test.each([
    [{ UseCustomAzureStorage: false, UserMappingCSVFile: '' }, {}],
    [
      { PreservePermission: true, EnableAzureDirectoryLookup: false },
      { permissions: 'folders', lookUpAccounts: false },
    ],
    [{ PreservePermission: false }, { permissions: 'none' }],
    [{ FilterOutPathSpecialCharacters: false }, { nameRules: { whenInvalid: 'skip' } }],
    [{ MigrateItemsCreatedAfter: '2016-05-22T10:00:00Z' }, { migrateItemsCreatedAfter: '2016-05-22T10:00:00Z' }],
  ])('%j is taken', (given, expected) => {
    const file = json(task(given))
    expect([file.problems, file.warnings]).toEqual([[], []])
    expect(file.drafts[0]?.settings).toMatchObject(expected)
  })

  test('a storage key is never shown', () => {
    expect(JSON.stringify(json(task({ CustomAzureAccessKey: 'c2VjcmV0' })))).not.toContain('c2VjcmV0')
  })

  test.each([['{'], ['[]'], ['{"Tasks": 5}'], ['{"Tasks": []}']])('%s holds no tasks', (text) => {
    expect(parseTaskFile(text, { isJson: true })).toMatchObject({ drafts: [], problems: [{ row: 0 }], rowCount: 0 })
  })

  test('values of a wrong type are told with their place', () => {
    const file = json({ Tasks: [7, { SourcePath: 5, TargetPath: null, Settings: [] }] })
    expect(flawsOf(file)).toEqual(['1 Tasks', '2 SourcePath', '2 Settings'])
  })
})

describe('any text', () => {
  test('yields drafts and problems, never an exception, and every row is one or the other', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('"', ',', '\n', '\\\\s\\x', 'https://contoso.sharepoint.com/sites/a', '{', '}'),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.boolean(), (words, isJson) => {
        const file = parseTaskFile(words.join(','), { isJson })
        expect(file.drafts.length + new Set(file.problems.map((problem) => problem.row)).size).toBeGreaterThanOrEqual(
          file.rowCount,
        )
      }),
    )
  })
})

describe('files', () => {
  let folder: string

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-import-'))
  })

  afterEach(() => {
    fs.rmSync(folder, { recursive: true })
  })

  const read = (name: string, content: string | Uint8Array) => {
    fs.writeFileSync(path.join(folder, name), content)
    return readTaskFile(path.join(folder, name))
  }
  const line = '\\\\s\\Zürich,,,https://contoso.sharepoint.com/sites/a,Documents,\r\n'

  test.each([
    ['UTF-8', Buffer.from(line)],
    ['UTF-8 with mark', Buffer.from(`\uFEFF${line}`)],
    ['UTF-16LE with mark', Buffer.from(`\uFEFF${line}`, 'utf16le')],
    ['UTF-16BE with mark', Buffer.from(`\uFEFF${line}`, 'utf16le').swap16()],
  ])('%s is read', async (_title, bytes) => {
    expect((await read('tasks.csv', bytes)).drafts[0]?.source.path).toBe('\\\\s\\Zürich')
  })

  test('a Windows code page is told with the line and what it probably says', async () => {
    const file = await read('tasks.csv', Buffer.concat([Buffer.from('FileSharePath,,,,,\r\n'), Buffer.from(line, 'latin1')]))
    expect(file).toMatchObject({ drafts: [], problems: [{ row: 2, field: 'encoding', value: line.trim() }] })
  })

  test('the examples import without problem or warning', async () => {
    for (const [name, content, count] of [
      ['a.csv', exampleTaskCsv(), 3],
      ['a.json', exampleTaskJson(), 2],
    ] as const) {
      const file = await read(name, content)
      expect([file.drafts.length, file.problems, file.warnings]).toEqual([count, [], []])
    }
    expect(parseScanFile(exampleScanCsv())).toMatchObject({ sources: [{}, {}], problems: [] })
  })

  test('a missing file is an input error', async () => {
    const error = await readTaskFile(path.join(folder, 'none.csv')).catch((thrown: unknown) => thrown)
    expect(error instanceof MigrationError && error.code).toBe('INPUT_FILE_UNREADABLE')
  })
})

describe('the scan list', () => {
  test('takes one source for each row and tells what is wrong with the others', () => {
    const file = parseScanFile('Source path\n\\\\s\\a\nD:\\x\n\\\\S\\A\n\n\\\\s\\b,more\n"\\\\s\\c, d"')
    expect(file.sources.map(({ row, source }) => [row, source.path])).toEqual([
      [2, '\\\\s\\a'],
      [7, '\\\\s\\c, d'],
    ])
    expect(flawsOf(file)).toEqual(['3 FileSharePath', '4 FileSharePath', '6 columns'])
  })
})
