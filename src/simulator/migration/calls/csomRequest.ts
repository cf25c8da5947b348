import { ServiceError } from '../../core/serviceError.ts'
import { readXml, XmlSyntaxError } from '../package/xmlReader.ts'

const NAMESPACE = 'http://schemas.microsoft.com/sharepoint/clientquery/2009'
const REQUEST_CONTEXT = '{3747adcd-a3c3-41b9-bfab-4a64dd2f1e0a}'

/** An argument of a call: a scalar, null, or the members of an object. */
export type CsomValue = string | null | Readonly<Record<string, string | null>>

/** A method that is called on the site collection of the request, or on an item of it. */
export interface CsomCall {
  /** Name of the item's identity; undefined for the site collection. */
  readonly identity: string | undefined
  /** Number under which the answer names the result. */
  readonly actionId: number
  readonly method: string
  readonly parameters: readonly CsomValue[]
}

interface PathNode {
  readonly parentId: string | undefined
  readonly name: string
  readonly isIdentity?: boolean
}

interface OpenParameter {
  readonly type: string
  readonly members: Record<string, string | null>
  hasMembers: boolean
  text: string
}

export interface CsomRequest {
  readonly calls: readonly CsomCall[]
  /** Actions that only load an object path; each is answered with `{"IsNull":false}`. */
  readonly loads: readonly number[]
}

/**
 * Reads a `ProcessQuery` body. Only calls on `RequestContext.Current.Site` and on items named by an `Identity` are known; every other
 * object or action is refused loudly, before anything is carried out.
 */
export function readCsomRequest(document: string): CsomRequest {
  const paths = new Map<string, PathNode>()
  const calls: {
    readonly actionId: number
    readonly pathId: string
    readonly method: string
    readonly parameters: CsomValue[]
  }[] = []
  const loads: number[] = []
  const open: string[] = []
  let parameter: OpenParameter | undefined
  let member: { readonly name: string; readonly isNull: boolean; text: string } | undefined

  try {
    readXml(document, {
      open({ name, namespace, attributes }) {
        const parent = open.at(-1)
        open.push(name)
        const attribute = (wanted: string) => attributes.get(wanted) ?? ''
        if (open.length === 1 && (name !== 'Request' || namespace !== NAMESPACE)) throw unknownPart(name)
        if (parent === 'ObjectPaths') paths.set(attribute('Id'), readPath(name, attributes))
        else if (parent === 'Actions' && name === 'Method')
          calls.push({
            actionId: Number(attribute('Id')),
            pathId: attribute('ObjectPathId'),
            method: attribute('Name'),
            parameters: [],
          })
        else if (parent === 'Actions' && (name === 'ObjectPath' || name === 'ObjectIdentityQuery'))
          loads.push(Number(attribute('Id')))
        else if (name === 'Parameter')
          parameter = { type: attribute('Type'), members: {}, hasMembers: attributes.has('TypeId'), text: '' }
        else if (name === 'Property' && parameter !== undefined)
          member = { name: attribute('Name'), isNull: attribute('Type') === 'Null', text: '' }
        else if (parent === 'Actions' || parent === 'ObjectPaths') throw unknownPart(name)
      },
      text(part) {
        if (member !== undefined) member.text += part
        else if (parameter !== undefined) parameter.text += part
      },
      close() {
        const name = open.pop()
        if (name === 'Property' && member !== undefined && parameter !== undefined) {
          parameter.members[member.name] = member.isNull ? null : member.text
          parameter.hasMembers = true
          member = undefined
        } else if (name === 'Parameter' && parameter !== undefined) {
          calls.at(-1)?.parameters.push(parameterValue(parameter))
          parameter = undefined
        }
      },
    })
  } catch (error) {
    if (error instanceof XmlSyntaxError)
      throw new ServiceError(400, '-1, Microsoft.SharePoint.Client.InvalidClientQueryException', error.message)
    throw error
  }
  return {
    calls: calls.map(({ actionId, method, parameters, pathId }) => ({
      actionId,
      method,
      parameters,
      identity: identityOf(paths, pathId),
    })),
    loads,
  }
}

function readPath(name: string, attributes: ReadonlyMap<string, string>): PathNode {
  if (name === 'StaticProperty' && attributes.get('TypeId')?.toLowerCase() === REQUEST_CONTEXT)
    return { parentId: undefined, name: attributes.get('Name') ?? '' }
  if (name === 'Identity') return { parentId: undefined, name: attributes.get('Name') ?? '', isIdentity: true }
  if (name === 'Property') return { parentId: attributes.get('ParentId'), name: attributes.get('Name') ?? '' }
  throw unknownPart(name)
}

function parameterValue({ type, hasMembers, members, text }: OpenParameter): CsomValue {
  if (type === 'Null') return null
  return hasMembers ? members : text
}

/** The identity that a path names; undefined for `Current.Site`, the only other object that is known. */
function identityOf(paths: ReadonlyMap<string, PathNode>, pathId: string): string | undefined {
  const path = paths.get(pathId)
  if (path?.isIdentity === true) return path.name
  const owner = path?.parentId === undefined ? undefined : paths.get(path.parentId)
  if (path?.name !== 'Site' || owner?.name !== 'Current' || owner.parentId !== undefined) throw unknownPart(path?.name ?? pathId)
  return undefined
}

function unknownPart(name: string): ServiceError {
  return new ServiceError(
    400,
    '-1, Microsoft.SharePoint.Client.InvalidClientQueryException',
    `The practice tenant does not know '${name}' in a CSOM request; it knows the import calls of Site and the update of items.`,
    { isUnknown: true },
  )
}
