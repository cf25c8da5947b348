import { lastExtension } from '../scan/typeRules.ts'

/** Zip packages whose parts can be compared one by one. */
const PACKAGE_TYPES: ReadonlySet<string> = new Set(
  'docx docm dotx dotm xlsx xlsm xltx xltm xlsb xlam pptx pptm potx potm ppsx ppsm ppam vsdx vsdm vssx vssm vstx vstm'.split(' '),
)
/** Office files of other forms, into which the service writes properties too. */
const LEGACY_TYPES: ReadonlySet<string> = new Set(
  'doc dot xls xlt xla ppt pot pps ppa vsd vss vst msg one onetoc2 mpp pub'.split(' '),
)
/** Types that SharePoint has been seen to change now and then. */
const SOMETIMES_TYPES: ReadonlySet<string> = new Set('pdf htm html mht mhtml jpg jpeg'.split(' '))

/** How the service treats files of a name once it has them. [rewritten] */
export type RewriteHabit =
  /** Often, and the parts of the file can be compared without it. */
  | 'comparable'
  /** Often, and what it changed cannot be told apart. */
  | 'opaque'
  /** Now and then, in SharePoint libraries. */
  | 'sometimes'
  | 'never'

export function rewriteHabit(name: string): RewriteHabit {
  const extension = lastExtension(name)
  if (PACKAGE_TYPES.has(extension)) return 'comparable'
  if (LEGACY_TYPES.has(extension)) return 'opaque'
  return SOMETIMES_TYPES.has(extension) ? 'sometimes' : 'never'
}

/** A different hash at the destination is no sign of damage by itself. */
export function isRewrittenType(name: string): boolean {
  const habit = rewriteHabit(name)
  return habit === 'comparable' || habit === 'opaque'
}
