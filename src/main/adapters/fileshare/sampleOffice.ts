import { strToU8, zipSync } from 'fflate'

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const WORD = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
const SHEET = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const DRAWING = 'http://schemas.openxmlformats.org/drawingml/2006/main'
const SLIDES = 'http://schemas.openxmlformats.org/presentationml/2006/main'
const TYPE = 'application/vnd.openxmlformats-officedocument'
/** Local time, as ZIP knows it; fixed, so that a seed gives the same bytes. */
const ZIP_TIME = new Date(2020, 0, 2, 3, 4, 6)

const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

interface Relation {
  readonly type: string
  readonly target: string
}

interface PackagePart {
  readonly path: string
  readonly contentType: string
  readonly xml: string
  readonly relations?: readonly Relation[]
}

function relationsXml(relations: readonly Relation[]): string {
  const rows = relations.map(
    ({ type, target }, at) => `<Relationship Id="rId${at + 1}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  )
  return `${XML}<Relationships xmlns="${PACKAGE}/relationships">${rows.join('')}</Relationships>`
}

/** An Office package by its parts; the first one is the document. */
function officePackage(parts: readonly [PackagePart, ...PackagePart[]]): Uint8Array {
  const overrides = parts.map(
    ({ path, contentType }) => `<Override PartName="/${path}" ContentType="${TYPE}.${contentType}+xml"/>`,
  )
  const files: Record<string, Uint8Array> = {
    '[Content_Types].xml': strToU8(
      `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${overrides.join('')}</Types>`,
    ),
    '_rels/.rels': strToU8(relationsXml([{ type: 'officeDocument', target: parts[0].path }])),
  }
  for (const { path, xml, relations } of parts) {
    files[path] = strToU8(XML + xml)
    if (relations !== undefined) files[path.replace(/([^/]+)$/, '_rels/$1.rels')] = strToU8(relationsXml(relations))
  }
  return zipSync(files, { level: 6, mtime: ZIP_TIME })
}

/** A Word document with one paragraph for each text. */
export function wordDocument(paragraphs: readonly string[]): Uint8Array {
  const body = paragraphs.map((text) => `<w:p><w:r><w:t xml:space="preserve">${escapeXml(text)}</w:t></w:r></w:p>`).join('')
  return officePackage([
    {
      path: 'word/document.xml',
      contentType: 'wordprocessingml.document.main',
      xml: `<w:document xmlns:w="${WORD}"><w:body>${body}</w:body></w:document>`,
    },
  ])
}

/** A workbook with one sheet. */
export function workbook(rows: readonly (readonly (string | number)[])[]): Uint8Array {
  const cell = (value: string | number): string =>
    typeof value === 'number' ? `<c><v>${value}</v></c>` : `<c t="inlineStr"><is><t>${escapeXml(value)}</t></is></c>`
  const data = rows.map((cells) => `<row>${cells.map(cell).join('')}</row>`).join('')
  return officePackage([
    {
      path: 'xl/workbook.xml',
      contentType: 'spreadsheetml.sheet.main',
      xml: `<workbook xmlns="${SHEET}" xmlns:r="${OFFICE}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      relations: [{ type: 'worksheet', target: 'worksheets/sheet1.xml' }],
    },
    {
      path: 'xl/worksheets/sheet1.xml',
      contentType: 'spreadsheetml.worksheet',
      xml: `<worksheet xmlns="${SHEET}"><sheetData>${data}</sheetData></worksheet>`,
    },
  ])
}

const NAMESPACES = `xmlns:a="${DRAWING}" xmlns:r="${OFFICE}" xmlns:p="${SLIDES}"`
const GROUP = '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'

function shape(text: string): string {
  return `<p:sp><p:nvSpPr><p:cNvPr id="2" name="Title"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x="914400" y="914400"/><a:ext cx="7315200" cy="1828800"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr><p:txBody><a:bodyPr/><a:p><a:r><a:t>${escapeXml(text)}</a:t></a:r></a:p></p:txBody></p:sp>`
}

function themeXml(): string {
  const color = (name: string, rgb: string): string => `<a:${name}><a:srgbClr val="${rgb}"/></a:${name}>`
  const names = [
    'dk1',
    'lt1',
    'dk2',
    'lt2',
    'accent1',
    'accent2',
    'accent3',
    'accent4',
    'accent5',
    'accent6',
    'hlink',
    'folHlink',
  ]
  const font = '<a:latin typeface="Calibri"/><a:ea typeface=""/><a:cs typeface=""/>'
  const solid = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
  const line = `<a:ln w="6350">${solid}</a:ln>`
  const effect = '<a:effectStyle><a:effectLst/></a:effectStyle>'
  const colors = names.map((name, at) => color(name, at % 2 === 0 ? '1F3864' : 'FFFFFF')).join('')
  return `<a:theme xmlns:a="${DRAWING}" name="Plain"><a:themeElements><a:clrScheme name="Plain">${colors}</a:clrScheme><a:fontScheme name="Plain"><a:majorFont>${font}</a:majorFont><a:minorFont>${font}</a:minorFont></a:fontScheme><a:fmtScheme name="Plain"><a:fillStyleLst>${solid.repeat(3)}</a:fillStyleLst><a:lnStyleLst>${line.repeat(3)}</a:lnStyleLst><a:effectStyleLst>${effect.repeat(3)}</a:effectStyleLst><a:bgFillStyleLst>${solid.repeat(3)}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>`
}

/** A presentation with one slide for each title. */
export function presentation(titles: readonly string[]): Uint8Array {
  const slideIds = titles.map((_, at) => `<p:sldId id="${256 + at}" r:id="rId${at + 2}"/>`).join('')
  const map =
    '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>'
  const own = '<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr>'
  const tree = (content: string): string => `<p:cSld><p:spTree>${GROUP}${content}</p:spTree></p:cSld>`
  return officePackage([
    {
      path: 'ppt/presentation.xml',
      contentType: 'presentationml.presentation.main',
      xml: `<p:presentation ${NAMESPACES}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst><p:sldIdLst>${slideIds}</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>`,
      relations: [
        { type: 'slideMaster', target: 'slideMasters/slideMaster1.xml' },
        ...titles.map((_, at) => ({ type: 'slide', target: `slides/slide${at + 1}.xml` })),
      ],
    },
    {
      path: 'ppt/slideMasters/slideMaster1.xml',
      contentType: 'presentationml.slideMaster',
      xml: `<p:sldMaster ${NAMESPACES}>${tree('')}${map}<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>`,
      relations: [
        { type: 'slideLayout', target: '../slideLayouts/slideLayout1.xml' },
        { type: 'theme', target: '../theme/theme1.xml' },
      ],
    },
    {
      path: 'ppt/slideLayouts/slideLayout1.xml',
      contentType: 'presentationml.slideLayout',
      xml: `<p:sldLayout ${NAMESPACES}>${tree('')}${own}</p:sldLayout>`,
      relations: [{ type: 'slideMaster', target: '../slideMasters/slideMaster1.xml' }],
    },
    { path: 'ppt/theme/theme1.xml', contentType: 'theme', xml: themeXml() },
    ...titles.map((title, at) => ({
      path: `ppt/slides/slide${at + 1}.xml`,
      contentType: 'presentationml.slide',
      xml: `<p:sld ${NAMESPACES}>${tree(shape(title))}${own}</p:sld>`,
      relations: [{ type: 'slideLayout', target: '../slideLayouts/slideLayout1.xml' }],
    })),
  ])
}
