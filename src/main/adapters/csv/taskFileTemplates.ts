import { BYTE_ORDER_MARK, csvLine } from './csvText.ts'

/** Examples that a person fills in. Both import without any problem or warning. */
export function exampleTaskCsv(): string {
  const rows = [
    ['FileSharePath', '', '', 'SharePointSite', 'DocLibrary', 'DocSubFolder'],
    ['\\\\server\\finance', '', '', 'https://contoso.sharepoint.com/sites/finance', 'Documents', 'Archive/2024'],
    ['\\\\server\\home\\adele', '', '', 'adele.vance@contoso.com', 'Documents', ''],
    ['\\\\server\\projects', '', '', 'https://contoso.sharepoint.com/teams/projects', 'Documents', 'General'],
  ]
  return BYTE_ORDER_MARK + rows.map(csvLine).join('')
}

export function exampleTaskJson(): string {
  const document = {
    Tasks: [
      {
        SourcePath: '\\\\server\\finance',
        TargetPath: 'https://contoso.sharepoint.com/sites/finance',
        TargetList: 'Documents',
        TargetListRelativePath: 'Archive/2024',
        Settings: {
          MigrateHiddenItems: true,
          MigrateItemsCreatedAfter: '2016-05-22',
          MigrateItemsModifiedAfter: '2016-05-22',
          SkipFilesWithExtensions: 'tmp:bak',
        },
      },
      {
        SourcePath: '\\\\server\\home\\adele',
        TargetPath: 'adele.vance@contoso.com',
        TargetList: 'Documents',
        TargetListRelativePath: '',
      },
    ],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** Migration Manager's list of sources to scan. */
export function exampleScanCsv(): string {
  return BYTE_ORDER_MARK + ['\\\\server\\finance', '\\\\server\\home'].map((path) => csvLine([path])).join('')
}
