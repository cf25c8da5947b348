import type { PackageBlob, PackageBlobs } from '../blob/packageBlobs.ts'
import { FatalImportError, HRESULT } from '../job/importErrors.ts'
import { decrypt, readInitializationVector } from './decryption.ts'
import { CONTENT_OF, MANIFEST } from './manifestSchema.ts'
import {
  ARCHIVED_FILES,
  EXPORT_SETTINGS,
  LOOKUP_LIST_MAP,
  REQUIREMENTS,
  ROOT_OBJECT_MAP,
  SYSTEM_DATA,
  USER_GROUP_MAP,
  VIEW_FORMS_LIST,
} from './packageSchemas.ts'
import { type DocumentSchema, readDocument, SchemaViolation, type XmlNode } from './schemaRules.ts'
import { XmlSyntaxError } from './xmlReader.ts'

/** The documents of a package, read and valid. */
export interface PackageDocuments {
  readonly users: readonly XmlNode[]
  readonly groups: readonly XmlNode[]
  /** `SPObject` elements of all manifest files, in order. */
  readonly objects: readonly XmlNode[]
  /** `ArchivedFile` elements; empty without `ArchivedFiles.xml`. */
  readonly archives: readonly XmlNode[]
}

export interface PackageSource {
  readonly blobs: PackageBlobs
  readonly container: string
  readonly key: Buffer
  readonly profile: 'strict' | 'lenient'
  readonly signal: AbortSignal
}

/** Documents that only the strict profile asks for [D.4]. */
const ONLY_STRICT: readonly (readonly [string, DocumentSchema])[] = [
  ['RootObjectMap.xml', ROOT_OBJECT_MAP],
  ['LookupListMap.xml', LOOKUP_LIST_MAP],
  ['ViewFormsList.xml', VIEW_FORMS_LIST],
]
const LARGEST_DOCUMENT_BYTES = 256 * 1024 * 1024

/** Fetches, decrypts and validates everything in the manifest container. Throws FatalImportError. */
export async function readPackage(source: PackageSource): Promise<PackageDocuments> {
  const { blobs, container, key, profile, signal } = source
  const listing = await blobs.list(container)

  async function text(name: string): Promise<string> {
    const blob = locate(listing, name, profile)
    const data = await blobs.readAll(container, blob, signal)
    return decrypt(data, key, readInitializationVector(blob.initializationVector, name)).toString('utf8')
  }

  async function read(name: string, schema: DocumentSchema, onChild?: (child: XmlNode) => void): Promise<XmlNode> {
    const document = await text(name)
    try {
      return readDocument(document, schema, onChild)
    } catch (error) {
      throw documentError(error, name)
    }
  }

  await read('ExportSettings.xml', EXPORT_SETTINGS)
  const systemData: XmlNode[] = []
  await read('SystemData.xml', SYSTEM_DATA, (child) => systemData.push(child))
  const maps: XmlNode[] = []
  await read('UserGroup.xml', USER_GROUP_MAP, (child) => maps.push(child))
  await read('Requirements.xml', REQUIREMENTS)
  if (profile === 'strict') for (const [name, schema] of ONLY_STRICT) await read(name, schema)
  const archives: XmlNode[] = []
  if (listing.has('ArchivedFiles.xml')) await read('ArchivedFiles.xml', ARCHIVED_FILES, (child) => archives.push(child))

  const names = systemData
    .filter((child) => child.name === 'ManifestFiles')
    .flatMap((child) => child.children.map((file) => file.attributes.get('Name') ?? ''))
  if (names.length === 0)
    throw new FatalImportError(
      HRESULT.invalidOperation,
      'System.InvalidOperationException',
      'SystemData.xml names no manifest file.',
    )
  const objects: XmlNode[] = []
  for (const name of names) await read(name, MANIFEST, (child) => objects.push(checkObject(child, name)))
  const inside = (part: string) => maps.filter((child) => child.name === part).flatMap((child) => child.children)
  return { users: inside('Users'), groups: inside('Groups'), objects, archives }
}

function locate(listing: ReadonlyMap<string, PackageBlob>, name: string, profile: 'strict' | 'lenient'): PackageBlob {
  const blob = listing.get(name)
  if (blob === undefined)
    throw new FatalImportError(
      HRESULT.fileNotFound,
      'Microsoft.SharePoint.SPException',
      `Unable to download ${name} from the Azure container: The remote server returned an error: (404) Not Found.`,
    )
  if (blob.snapshot === undefined && profile === 'strict')
    throw new FatalImportError(
      HRESULT.fileNotFound,
      'Microsoft.SharePoint.SPException',
      `Unable to download ${name} from the Azure container: no snapshot of the blob was found.`,
    )
  if (blob.sizeBytes > LARGEST_DOCUMENT_BYTES)
    throw new FatalImportError(HRESULT.invalidOperation, 'System.OutOfMemoryException', `${name} is too large.`)
  return blob
}

/** The element inside has to be the one that the object's type asks for. */
function checkObject(object: XmlNode, file: string): XmlNode {
  const type = object.attributes.get('ObjectType') ?? ''
  const expected = CONTENT_OF[type]
  if (object.children.length === 1 && (expected === undefined || object.children[0]?.name === expected)) return object
  throw new FatalImportError(
    HRESULT.xmlSchema,
    'System.Xml.Schema.XmlSchemaValidationException',
    `${file}: [System.Xml.Schema.XmlSchemaValidationException] [The element 'SPObject' of type '${type}' needs exactly one child element '${expected ?? ''}'.]`,
  )
}

function documentError(error: unknown, name: string): unknown {
  if (error instanceof XmlSyntaxError)
    return new FatalImportError(
      HRESULT.xml,
      'System.Xml.XmlException',
      `${name}: There is an error in XML document (${error.line}, ${error.column}). ${error.message}`,
    )
  if (error instanceof SchemaViolation)
    return new FatalImportError(
      HRESULT.xmlSchema,
      'System.Xml.Schema.XmlSchemaValidationException',
      `${name}: There is an error in XML document (${error.line}, ${error.column}). ${error.message}`,
    )
  return error
}
