export interface RoleDefinition {
  readonly id: number
  readonly name: string
  readonly description: string
  readonly roleTypeKind: number
  readonly isHidden: boolean
  readonly order: number
}

export const FULL_CONTROL = 1073741829
export const EDIT = 1073741830
export const CONTRIBUTE = 1073741827
export const READ = 1073741826
export const LIMITED_ACCESS = 1073741825

/** The same ids in every site of the real service [H.3]; names are localised there. */
export const ROLE_DEFINITIONS: readonly RoleDefinition[] = [
  { id: FULL_CONTROL, name: 'Full Control', description: 'Has full control.', roleTypeKind: 5, isHidden: false, order: 1 },
  {
    id: 1073741828,
    name: 'Design',
    description: 'Can view, add, update, delete, approve, and customize.',
    roleTypeKind: 4,
    isHidden: false,
    order: 32,
  },
  {
    id: EDIT,
    name: 'Edit',
    description: 'Can add, edit and delete lists; can view, add, update and delete list items and documents.',
    roleTypeKind: 6,
    isHidden: false,
    order: 48,
  },
  {
    id: CONTRIBUTE,
    name: 'Contribute',
    description: 'Can view, add, update, and delete list items and documents.',
    roleTypeKind: 3,
    isHidden: false,
    order: 64,
  },
  {
    id: READ,
    name: 'Read',
    description: 'Can view pages and list items and download documents.',
    roleTypeKind: 2,
    isHidden: false,
    order: 128,
  },
  {
    id: LIMITED_ACCESS,
    name: 'Limited Access',
    description: 'Can view specific lists, document libraries, list items, folders, or documents when given permissions.',
    roleTypeKind: 1,
    isHidden: true,
    order: 160,
  },
  {
    id: 1073741924,
    name: 'View Only',
    description: 'Can view pages, list items, and documents.',
    roleTypeKind: 7,
    isHidden: false,
    order: 2147483647,
  },
]

const GERMAN_NAMES: ReadonlyMap<number, string> = new Map([
  [FULL_CONTROL, 'Vollzugriff'],
  [1073741828, 'Entwerfen'],
  [EDIT, 'Bearbeiten'],
  [CONTRIBUTE, 'Mitwirken'],
  [READ, 'Lesen'],
  [LIMITED_ACCESS, 'Beschränkter Zugriff'],
  [1073741924, 'Nur anzeigen'],
])

export function roleName(role: RoleDefinition, language: number): string {
  return language === 1031 ? (GERMAN_NAMES.get(role.id) ?? role.name) : role.name
}

/** What a role lets its holder do, from nothing to everything. `limited`: passing through to what lies below. */
export type AccessLevel = 'none' | 'limited' | 'read' | 'contribute' | 'edit' | 'full'
const LEVELS: readonly AccessLevel[] = ['none', 'limited', 'read', 'contribute', 'edit', 'full']

export function levelOfRole(roleId: number): AccessLevel {
  if (roleId === FULL_CONTROL) return 'full'
  if (roleId === EDIT || roleId === 1073741828) return 'edit'
  if (roleId === CONTRIBUTE) return 'contribute'
  if (roleId === LIMITED_ACCESS) return 'limited'
  return roleId === READ || roleId === 1073741924 ? 'read' : 'none'
}

const OTHER_MASKS: ReadonlyMap<number, { readonly high: string; readonly low: string }> = new Map([
  [1073741828, { high: '432', low: '1012866047' }],
  [LIMITED_ACCESS, { high: '48', low: '134287360' }],
  [1073741924, { high: '176', low: '138612801' }],
])

/** Permission mask of a role. */
export function roleMask(roleId: number): { readonly high: string; readonly low: string } {
  return OTHER_MASKS.get(roleId) ?? permissionMask(levelOfRole(roleId), { allowsCustomScript: true })
}

/** Permission masks of a level as the service gives them, halves as decimal text. */
export function permissionMask(
  level: AccessLevel,
  options: { readonly allowsCustomScript: boolean },
): { readonly high: string; readonly low: string } {
  switch (level) {
    case 'full':
      // Where custom script is off nobody may add and customise pages.
      return { high: '2147483647', low: options.allowsCustomScript ? '4294967295' : '4294705151' }
    case 'edit':
      return { high: '432', low: '1011030767' }
    case 'contribute':
      return { high: '432', low: '1011028719' }
    case 'read':
      return { high: '176', low: '138612833' }
    case 'limited':
      return { high: '48', low: '134287360' }
    case 'none':
      return { high: '0', low: '0' }
  }
}

export function isAtLeast(level: AccessLevel, wanted: AccessLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(wanted)
}

export function higher(a: AccessLevel, b: AccessLevel): AccessLevel {
  return isAtLeast(a, b) ? a : b
}

export function lower(a: AccessLevel, b: AccessLevel): AccessLevel {
  return isAtLeast(a, b) ? b : a
}
