/** What can tell whose home folder one is. */
export interface HomeOwner {
  readonly upn: string
  readonly displayName: string
  readonly mailNickname: string | undefined
  readonly samAccountName: string | undefined
}

export interface HomeCandidate {
  readonly owner: HomeOwner
  /** In words: what of the person equals the name of the folder. */
  readonly how: string
}

/** From the surest to the weakest; within the first that finds anybody, all who fit are told. */
const WAYS: readonly { readonly how: string; readonly keys: (owner: HomeOwner) => readonly (string | undefined)[] }[] = [
  { how: 'Windows logon name', keys: ({ samAccountName }) => [samAccountName] },
  { how: 'sign-in name', keys: ({ upn }) => [upn, upn.split('@')[0]] },
  { how: 'mail name', keys: ({ mailNickname }) => [mailNickname] },
  { how: 'display name', keys: ({ displayName }) => [displayName, turnedAround(displayName)] },
]

/** Finds owners of home folders by the folder's name; built once for many folders. */
export function createHomeMatcher(owners: Iterable<HomeOwner>): (folderName: string) => readonly HomeCandidate[] {
  const indexes = WAYS.map(() => new Map<string, HomeOwner[]>())
  for (const owner of owners) {
    for (const [at, way] of WAYS.entries()) {
      for (const key of new Set(way.keys(owner).map(plain))) {
        if (key === '') continue
        const known = indexes[at]?.get(key)
        if (known) known.push(owner)
        else indexes[at]?.set(key, [owner])
      }
    }
  }
  return (folderName) => {
    const names = new Set([plain(folderName), plain(withoutDecoration(folderName))])
    for (const [at, way] of WAYS.entries()) {
      const found = new Set([...names].flatMap((name) => indexes[at]?.get(name) ?? []))
      if (found.size > 0) return [...found].map((owner) => ({ owner, how: way.how }))
    }
    return []
  }
}

/** Without case, accents and what separates: `Müller, Anna` and `anna.muller` differ only in order. */
function plain(text: string | undefined): string {
  return (text ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/ß/g, 'ss')
    .replace(/[\s._,'-]+/g, '')
    .toLowerCase()
}

/** Windows writes `ann.CONTOSO` and `ann.V6` for profiles, and `ann$` for shares. */
function withoutDecoration(name: string): string {
  return name.replace(/\$$/, '').replace(/\.(v\d|[A-Z0-9-]{2,15})$/, '')
}

function turnedAround(name: string): string {
  const parts = name.split(/\s+/)
  return [parts.at(-1) ?? '', ...parts.slice(0, -1)].join(' ')
}
