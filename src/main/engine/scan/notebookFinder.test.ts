import { expect, test } from 'vitest'
import { NotebookFinder } from './notebookFinder.ts'

/** Paths in the order of a walk; a trailing slash is a folder. */
function find(paths: readonly string[]): readonly string[] {
  const finder = new NotebookFinder()
  finder.see({ relPath: '', name: 'share', kind: 'folder' })
  for (const path of paths) {
    const relPath = path.replace(/\/$/, '')
    finder.see({ relPath, name: relPath.slice(relPath.lastIndexOf('/') + 1), kind: path.endsWith('/') ? 'folder' : 'file' })
  }
  return finder.notebooks()
}

test('a folder with sections and a table of contents is a notebook', () => {
  expect(find(['Notes/', 'Notes/Open Notebook.onetoc2', 'Notes/Ideas.one'])).toEqual(['Notes'])
})

test('without a table of contents, or with anything else beside it, it is a folder', () => {
  expect(find(['Notes/', 'Notes/Ideas.one'])).toEqual([])
  expect(find(['Notes/', 'Notes/a.onetoc2', 'Notes/plan.docx'])).toEqual([])
  expect(find(['Notes/', 'Notes/plan.docx', 'Notes/a.onetoc2'])).toEqual([])
})

test('section groups belong to the notebook above them, the top-most counts', () => {
  expect(
    find([
      'Notes/',
      'Notes/a.onetoc2',
      'Notes/Group/',
      'Notes/OneNote_RecycleBin/',
      'Notes/Group/b.onetoc2',
      'Notes/Group/x.one',
      'Notes/OneNote_RecycleBin/c.onetoc2',
    ]),
  ).toEqual(['Notes'])
})

test('one folder that is none keeps those above it from being one, and those beside it stay', () => {
  const paths = ['A/', 'A/a.onetoc2', 'A/Good/', 'A/Bad/', 'A/Good/b.onetoc2', 'A/Bad/readme.txt']
  expect(find(paths)).toEqual(['A/Good'])
})

test('the source itself is never a notebook, what lies below it may be', () => {
  expect(find(['a.onetoc2', 'b.one'])).toEqual([])
  expect(find(['a.onetoc2', 'Group/', 'Group/b.onetoc2'])).toEqual(['Group'])
})

test('a folder that is told of again is judged by all that was told', () => {
  expect(find(['A/', 'A/a.onetoc2', 'A/Locked/', 'B/', 'B/b.onetoc2', 'A/late.txt'])).toEqual(['B'])
})
