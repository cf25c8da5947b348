/** Bits of a descriptor's control word. Source: MS-DTYP 2.4.6. */
const DACL_PRESENT = 0x4
const DACL_AUTO_INHERITED = 0x400
const DACL_PROTECTED = 0x1000

/** Other kinds are written as OA: readers count it and do not take it at its word. */
const KINDS: Readonly<Record<number, string>> = { 0: 'A', 1: 'D' }
const OTHER_KIND = 'OA'
const FLAGS: readonly (readonly [number, string])[] = [
  [0x1, 'OI'],
  [0x2, 'CI'],
  [0x4, 'NP'],
  [0x8, 'IO'],
  [0x10, 'ID'],
]
const SID = /S-1-\d+(?:-\d+)*/

interface Descriptor {
  readonly control: number
  readonly owner: string | undefined
  readonly group: string | undefined
  readonly entries: readonly string[]
}

/** A security descriptor as smbclient and rpcclient write it, as SDDL; undefined when the lines hold none. */
export function sddlOfLines(lines: readonly string[]): string | undefined {
  const control = lines.flatMap((line) => /^type: 0x([0-9a-f]+):/i.exec(line)?.[1] ?? [])[0]
  if (control === undefined) return undefined
  return sddlOf({
    control: Number.parseInt(control, 16),
    owner: accountIn(lines, 'Owner SID:'),
    group: accountIn(lines, 'Group SID:'),
    entries: entriesOf(lines),
  })
}

/** The same as `smbcacls --numeric` writes it. */
export function sddlOfCacls(lines: readonly string[]): string | undefined {
  const control = lines.flatMap((line) => /^CONTROL:0x([0-9a-f]+)/i.exec(line)?.[1] ?? [])[0]
  if (control === undefined) return undefined
  return sddlOf({
    control: Number.parseInt(control, 16),
    owner: accountIn(lines, 'OWNER:'),
    group: accountIn(lines, 'GROUP:'),
    entries: lines.flatMap((line) => {
      const [, sid, kind, flags, mask] = /^ACL:(S-1-[\d-]+):(\d+)\/(0x[0-9a-f]+|\d+)\/(0x[0-9a-f]+)$/i.exec(line.trim()) ?? []
      return sid === undefined || mask === undefined ? [] : [entry({ kind: Number(kind), flags: Number(flags), mask, sid })]
    }),
  })
}

function sddlOf({ control, owner, group, entries }: Descriptor): string {
  const flags = `${(control & DACL_PROTECTED) === 0 ? '' : 'P'}${(control & DACL_AUTO_INHERITED) === 0 ? '' : 'AI'}`
  const list = (control & DACL_PRESENT) === 0 ? 'NO_ACCESS_CONTROL' : `${flags}${entries.join('')}`
  return `${owner === undefined ? '' : `O:${owner}`}${group === undefined ? '' : `G:${group}`}D:${list}`
}

function accountIn(lines: readonly string[], label: string): string | undefined {
  return SID.exec(lines.find((line) => line.trimStart().startsWith(label)) ?? '')?.[0]
}

/** Of the access list; what is to be audited stands in a list of its own. */
function entriesOf(lines: readonly string[]): readonly string[] {
  const entries: string[] = []
  let isAccessList = false
  let kind: number | undefined
  let flags = 0
  let mask = ''
  for (const line of lines) {
    if (/^[DS]ACL/.test(line)) isAccessList = line.startsWith('D')
    if (!isAccessList) continue
    const [, kindText, flagsText] = /^\s+type: .*\((\d+)\) flags: 0x([0-9a-f]+)/i.exec(line) ?? []
    if (kindText !== undefined) {
      kind = Number(kindText)
      flags = Number.parseInt(flagsText ?? '0', 16)
    }
    mask = /^\s+Permissions: (0x[0-9a-f]+)/i.exec(line)?.[1] ?? mask
    const sid = /^\s+SID: /.test(line) ? SID.exec(line)?.[0] : undefined
    if (sid === undefined || kind === undefined) continue
    entries.push(entry({ kind, flags, mask, sid }))
    kind = undefined
  }
  return entries
}

function entry(told: { readonly kind: number; readonly flags: number; readonly mask: string; readonly sid: string }): string {
  const flags = FLAGS.filter(([bit]) => (told.flags & bit) !== 0).map(([, name]) => name)
  return `(${KINDS[told.kind] ?? OTHER_KIND};${flags.join('')};${told.mask};;;${told.sid})`
}
