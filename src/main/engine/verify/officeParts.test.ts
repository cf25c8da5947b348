import { describe, expect, test } from 'vitest'
import { canonicalOfficePart } from './officeParts.ts'
import { isRewrittenType, rewriteHabit } from './officeTypes.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const canonical = (name: string, text: string) => {
  const part = canonicalOfficePart(name, bytes(text))
  return part === undefined ? undefined : new TextDecoder().decode(part)
}

describe('canonicalOfficePart', () => {
  test.each([
    'docProps/core.xml',
    'customXml/item1.xml',
    'customXml/_rels/item1.xml.rels',
    'docMetadata/LabelInfo.xml',
    'xl/calcChain.xml',
    '/docProps/app.xml',
  ])('%s is the service’s own', (name) => expect(canonical(name, 'x')).toBeUndefined())

  test.each(['word/document.xml', 'xl/worksheets/sheet1.xml', 'word/media/image1.png', 'ppt/slides/slide1.xml'])(
    '%s is compared byte for byte',
    (name) => {
      expect(canonical(name, ' x <!-- y -->\r\n')).toBe(' x <!-- y -->\r\n')
    },
  )

  const relation = (id: string, target: string) => `<Relationship Id="${id}" Type="t" Target="${target}"/>`
  test('relations to the service’s parts and the order of the others do not matter; targets do', () => {
    const sent = `<Relationships>${relation('r1', 'styles.xml')}${relation('r2', 'https://contoso.com/a')}</Relationships>`
    const stored = `<Relationships xmlns="x">\n${relation('r2', 'https://contoso.com/a')}${relation('r9', '../customXml/item1.xml')}${relation('r1', 'styles.xml')}</Relationships>`
    const name = 'word/_rels/document.xml.rels'
    expect(canonical(name, stored)).toBe(canonical(name, sent))
    expect(canonical(name, sent.replace('contoso', 'fabrikam'))).not.toBe(canonical(name, sent))
  })

  test('content types of the service’s parts do not matter', () => {
    const sent =
      '<Types><Default Extension="xml" ContentType="a"/><Override PartName="/word/document.xml" ContentType="b"/></Types>'
    const stored = sent.replace('</Types>', '<Override PartName="/docProps/custom.xml" ContentType="c"/></Types>')
    expect(canonical('[Content_Types].xml', stored)).toBe(canonical('[Content_Types].xml', sent))
    expect(canonical('[Content_Types].xml', sent.replace('"b"', '"z"'))).not.toBe(canonical('[Content_Types].xml', sent))
  })

  test('a workbook loses its calculation settings only', () => {
    const name = 'xl/workbook.xml'
    expect(canonical(name, '<workbook><sheets/><calcPr calcId="1"/></workbook>')).toBe(
      canonical(name, '<workbook><sheets/><calcPr calcId="2" x="y"></calcPr></workbook>'),
    )
    expect(canonical(name, '<workbook><sheets/></workbook>')).not.toBe(canonical(name, '<workbook><sheets a="1"/></workbook>'))
  })
})

test.each([
  ['a.docx', 'comparable'],
  ['A.XLSM', 'comparable'],
  ['a.doc', 'opaque'],
  ['a.msg', 'opaque'],
  ['a.one', 'opaque'],
  ['a.pdf', 'sometimes'],
  ['a.jpeg', 'sometimes'],
  ['a.docx.zip', 'never'],
  ['docx', 'never'],
  ['.docx', 'never'],
] as const)('%s is rewritten: %s', (name, habit) => {
  expect(rewriteHabit(name)).toBe(habit)
  expect(isRewrittenType(name)).toBe(habit === 'comparable' || habit === 'opaque')
})
