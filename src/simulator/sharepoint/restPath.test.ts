import { expect, test } from 'vitest'
import { parseRestPath } from './restPath.ts'

const keyOf = (rawPath: string): string | undefined => {
  const path = parseRestPath(rawPath)
  if (path === undefined) return undefined
  return path.operation === undefined ? path.type : `${path.type}/${path.operation.name}`
}

test.each([
  ['/_api/web', 'web'],
  ['/sites/x/_api/Web/Lists', 'lists'],
  ["/sites/x/_api/web/lists(guid'00000000-0000-0000-0000-000000000000')", 'list'],
  ["/_api/web/lists/getByTitle('a%2Fb')/items(7)", 'item'],
  ["/_api/web/lists/GetByTitle('a/b')/items", 'items'],
  ["/_api/web/lists('x')/items/getById(7)/recycle", 'item/recycle'],
  ['/_api/web/GetList(@u)/items', 'items'],
  ["/_api/web/lists('x')/fields/getByInternalNameOrTitle('A')", 'field'],
  [
    "/_api/web/getFolderByServerRelativePath(decodedUrl='%2Fsites%2Fx%2FO''Neil')/Files/AddUsingPath(decodedurl='a.txt',overwrite=true)",
    'files/addusingpath',
  ],
  [
    "/_api/web/getFileByServerRelativePath(decodedUrl='/a')/listItemAllFields/breakroleinheritance(copyRoleAssignments=false,clearSubscopes=true)",
    'item/breakroleinheritance',
  ],
  ["/_api/web/lists('x')/rootFolder/folders('a')/files('b')/$value", 'file/$value'],
  ['/_api/web/currentuser', 'user'],
  ['/_api/web/roleassignments/getbyprincipalid(3)', 'roleAssignment'],
  ['/_api/SPSiteManager/create', 'siteManager/create'],
  ['/_api/contextinfo', 'root/contextinfo'],
  ['/_api/SP.Site.Exists', 'root/sp.site.exists'],
  ['/sites/x', undefined],
  ['/_api', undefined],
  ["/_api/web/lists('open", undefined],
  ['/_api/web/nonsense/items', undefined],
  ['/_api/web/lists/items', 'lists/items'],
])('%s leads to %s', (path, key) => {
  expect(keyOf(path)).toBe(key)
})

test('arguments keep quotes, commas and slashes inside quotes', () => {
  const path = parseRestPath(
    "/sites/a%20b/_api/web/GetFolderByServerRelativePath(decodedurl='%2Fsites%2FO%27%27Neil%2C%20x')/Folders/AddUsingPath(DecodedUrl='50%25',overwrite=true)",
  )
  expect(path?.webPath).toBe('/sites/a b')
  expect(path?.steps[1]?.args).toEqual([{ name: 'decodedurl', value: "/sites/O'Neil, x", isAlias: false }])
  expect(path?.operation?.args).toEqual([
    { name: 'decodedurl', value: '50%', isAlias: false },
    { name: 'overwrite', value: 'true', isAlias: false },
  ])
})
