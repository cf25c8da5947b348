import fs from 'node:fs'

/** Accounts of this machine. What a directory service adds is not in it: such owners are known by their number. */
const ACCOUNTS_FILE = '/etc/passwd'

/** Owners are written with what makes them: a number alone says nothing to a reader of the mapping. */
export const ownerId = (uid: bigint): string => `uid:${uid}`

/** Under which names an identity map may know an owner: the number, then the name that this machine gives it. */
export function createOwnerNames(readAccounts: () => string = readSystemAccounts): (owner: string) => readonly string[] {
  let names: ReadonlyMap<string, string> | undefined
  return (owner) => {
    names ??= parseAccounts(readAccounts())
    const name = names.get(owner)
    return name === undefined ? [owner] : [owner, name]
  }
}

/** `name:password:uid:…` by line; what looks different is passed over. */
function parseAccounts(text: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [name = '', , uid = ''] = line.split(':')
    if (name !== '' && /^\d+$/.test(uid) && !names.has(`uid:${uid}`)) names.set(`uid:${uid}`, name)
  }
  return names
}

function readSystemAccounts(): string {
  try {
    return fs.readFileSync(ACCOUNTS_FILE, 'utf8')
  } catch {
    return ''
  }
}
