import type { ItemIssue } from '../../../shared/domain/item.ts'
import { SEGMENT_MAX_UTF16 } from '../../../shared/limits.ts'
import { findTypeIssue } from './typeRules.ts'

export interface NameContext {
  readonly isFolder: boolean
  /** The item lies directly in the root of a library. */
  readonly isLibraryRoot: boolean
  readonly blocksScriptTypes: boolean
}

/** Device names of Windows: alone, and with any extension behind them. [names] */
const DEVICE_STEM = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/i
const RESERVED_NAMES: ReadonlySet<string> = new Set(['.lock', 'desktop.ini', '.', '..'])
/** Folders that the service takes for the hidden companions of a web page. [names] */
const THICKET_SUFFIX = /_files?$/i
/** The same in other languages; whether today's service still refuses them is not known. [names] */
const LOCAL_THICKET_SUFFIX =
  /(?:\.files|[_-](?:dateien|filer|fichiers|bestanden|archivos|tiedostot|pliki|soubory|elemei|ficheiros|arquivos|dosyalar|datoteke|fitxers|failid|fails|bylos|fajlovi|fitxategiak))$/i

/** Characters that no name at the destination may hold, tested one code unit at a time. */
export function isForbiddenUnit(name: string, index: number): boolean {
  const unit = name.charCodeAt(index)
  if (unit < 0x20 || unit === 0x7f || unit === 0xfffe || unit === 0xffff) return true
  if (unit >= 0xd800 && unit <= 0xdfff) return !isHalfOfPair(name, index, unit)
  return unit < 0x80 && FORBIDDEN.includes(name.charAt(index))
}
const FORBIDDEN = '"*:<>?/\\|'

function isHalfOfPair(name: string, index: number, unit: number): boolean {
  const partner = unit <= 0xdbff ? name.charCodeAt(index + 1) : name.charCodeAt(index - 1)
  return unit <= 0xdbff ? partner >= 0xdc00 && partner <= 0xdfff : partner >= 0xd800 && partner <= 0xdbff
}

/** Space and ideographic space: refused at both ends. */
export const isEdgeSpace = (character: string): boolean => character === ' ' || character === '\u3000'

/** The part before the first dot when it is a device name of Windows, else undefined. */
export function deviceStem(name: string): string | undefined {
  const dot = name.indexOf('.')
  const stem = dot < 0 ? name : name.slice(0, dot)
  return DEVICE_STEM.test(stem) ? stem : undefined
}

/**
 * Everything that the destination has against a name, in a fixed order, one issue per code. Effect `blocks` here; whoever repairs the name
 * turns it into `renames`. Empty when the name is accepted as it is. [names]
 */
export function findNameIssues(name: string, context: NameContext): readonly ItemIssue[] {
  const issues: ItemIssue[] = []
  const block = (code: ItemIssue['code'], detail: string) => issues.push({ code, effect: 'blocks', detail })

  const forbidden = forbiddenCharacters(name)
  if (forbidden.length > 0) block('RULE_NAME_CHARACTERS', `Not allowed in names: ${forbidden.join(' ')}.`)
  const reserved = reservedReason(name, context)
  if (reserved !== undefined) block('RULE_NAME_RESERVED', reserved)
  const edge = edgeReason(name, context)
  if (edge !== undefined) block('RULE_NAME_EDGE', edge)
  if (name.length > SEGMENT_MAX_UTF16) {
    block(
      'RULE_NAME_TOO_LONG',
      `The name has ${name.length} characters, ${name.length - SEGMENT_MAX_UTF16} more than the ${SEGMENT_MAX_UTF16} allowed.`,
    )
  }
  const type = findTypeIssue(name, context)
  if (type !== undefined) issues.push(type)
  return issues
}

/** Names that may be refused, but not surely: told, never acted on. */
export function findNameWarnings(name: string, context: NameContext): readonly ItemIssue[] {
  if (!context.isFolder || !LOCAL_THICKET_SUFFIX.test(name)) return []
  return [
    {
      code: 'RULE_NAME_RESERVED',
      effect: 'warns',
      detail: 'Folder names with this ending were once kept for the companions of web pages; the service may refuse or hide it.',
    },
  ]
}

function forbiddenCharacters(name: string): readonly string[] {
  const found = new Set<string>()
  for (let index = 0; index < name.length; index++) if (isForbiddenUnit(name, index)) found.add(visible(name.charCodeAt(index)))
  return [...found]
}

const visible = (unit: number): string =>
  unit > 0x20 && unit < 0x7f ? String.fromCharCode(unit) : `U+${unit.toString(16).toUpperCase().padStart(4, '0')}`

function reservedReason(name: string, context: NameContext): string | undefined {
  const lower = name.toLowerCase()
  if (RESERVED_NAMES.has(lower) || deviceStem(name) !== undefined) return `“${name}” is a reserved name.`
  if (name.startsWith('~$')) return 'Names that start with ~$ are kept for lock files of Office.'
  if (lower.includes('_vti_')) return 'Names with _vti_ are kept for the service.'
  if (context.isLibraryRoot && lower === 'forms') return '“Forms” is kept for the service in the root of a library.'
  if (context.isFolder && THICKET_SUFFIX.test(name))
    return 'Folder names ending in _file or _files are kept for the companions of web pages.'
  return undefined
}

function edgeReason(name: string, context: NameContext): string | undefined {
  if (name === '') return 'The name is empty.'
  if (isEdgeSpace(name.charAt(0))) return 'The name starts with a space.'
  const last = name.charAt(name.length - 1)
  if (isEdgeSpace(last)) return 'The name ends with a space.'
  if (last === '.') return 'The name ends with a dot.'
  if (context.isFolder && name.startsWith('~') && !name.startsWith('~$')) return 'A folder name cannot start with ~.'
  return undefined
}
