import { unzipSync, type Zippable, zipSync } from 'fflate'

const ZIP_SIGNATURE = 'PK\u0003\u0004'
const PROPERTIES = 'http://schemas.openxmlformats.org/officeDocument/2006'

/**
 * What SharePoint does to a document when it promotes properties [B.8]. In a zip container (docx, xlsx, pptx, vsdx) the part
 * `docProps/custom.xml` is replaced if there is one, else a `customXml` part is added; all other parts keep their bytes. Other types get
 * a trailer behind their end, which their readers pass over: a comment in text formats, an empty 512-byte sector elsewhere.
 * Undefined for a container that cannot be read, which the service leaves alone.
 */
export function stampDocument(
  content: Buffer,
  stamp: { readonly uniqueId: string; readonly extension: string; readonly nowMs: number },
): Buffer | undefined {
  if (content.subarray(0, 4).toString('latin1') === ZIP_SIGNATURE) return stampZip(content, stamp)
  if (/^(html?|xml|svg)$/.test(stamp.extension)) return Buffer.concat([content, Buffer.from(`<!-- ${stamp.uniqueId} -->`)])
  if (/^(pdf|txt|csv)$/.test(stamp.extension)) return Buffer.concat([content, Buffer.from(`\n% ${stamp.uniqueId}\n`)])
  const sector = Buffer.alloc(512)
  sector.write(`SharePoint ${stamp.uniqueId}`, 'latin1')
  return Buffer.concat([content, sector])
}

function stampZip(content: Buffer, stamp: { readonly uniqueId: string; readonly nowMs: number }): Buffer | undefined {
  let parts: Record<string, Uint8Array>
  try {
    parts = unzipSync(content)
  } catch {
    return undefined
  }
  const mtime = new Date(Math.max(stamp.nowMs, Date.UTC(1980, 0, 2)))
  const zipped: Zippable = {}
  for (const [name, bytes] of Object.entries(parts)) zipped[name] = [bytes, { mtime, level: 6 }]
  const name = 'docProps/custom.xml' in parts ? 'docProps/custom.xml' : freePart(parts)
  zipped[name] = [Buffer.from(propertiesXml(stamp.uniqueId)), { mtime, level: 6 }]
  return Buffer.from(zipSync(zipped))
}

function freePart(parts: Readonly<Record<string, Uint8Array>>): string {
  let number = 1
  while (`customXml/item${number}.xml` in parts) number++
  return `customXml/item${number}.xml`
}

function propertiesXml(uniqueId: string): string {
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Properties xmlns="${PROPERTIES}/custom-properties" xmlns:vt="${PROPERTIES}/docPropsVTypes"><property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="ContentTypeId"><vt:lpwstr>0x0101</vt:lpwstr></property><property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="3" name="_dlc_DocIdItemGuid"><vt:lpwstr>${uniqueId}</vt:lpwstr></property></Properties>`
}
