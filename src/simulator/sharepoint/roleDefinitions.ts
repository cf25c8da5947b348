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
    id: 1073741827,
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

/** What a role lets its holder do, from nothing to everything. */
export type AccessLevel = 'none' | 'read' | 'contribute' | 'edit' | 'full'
const LEVELS: readonly AccessLevel[] = ['none', 'read', 'contribute', 'edit', 'full']

export function levelOfRole(roleId: number): AccessLevel {
  if (roleId === FULL_CONTROL) return 'full'
  if (roleId === EDIT || roleId === 1073741828) return 'edit'
  if (roleId === 1073741827) return 'contribute'
  return roleId === READ || roleId === 1073741924 ? 'read' : 'none'
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
