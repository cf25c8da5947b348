import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { z } from 'zod'

const PASSWORD = 'Pr4ctice-share!'
const root = path.resolve(import.meta.dirname, '..')
const foundSchema = z.union([z.object({ ready: z.literal(true) }), z.object({ reason: z.string() })])
const FIRST_UID = 61_000
const PEOPLE_GID = 61_900

/** What makes a private file server. Everybody in it is known to that server alone. */
export interface SambaPlan {
  /** Of the server's own accounts. */
  readonly domainSid: string
  /** Number in the SID by name. */
  readonly people: Readonly<Record<string, number>>
  /** Domain groups: number and members. */
  readonly groups: Readonly<Record<string, { readonly rid: number; readonly members: readonly string[] }>>
  /** Local groups: number and SIDs of the members. */
  readonly aliases: Readonly<Record<string, { readonly rid: number; readonly members: readonly string[] }>>
  readonly share: string
  /** As `sharesec` takes them: `SID:ALLOWED/0x0/READ`. */
  readonly sharePermissions: readonly string[]
  /** Who reads everything, whatever the lists say: a backup account. */
  readonly reader: string
  /** Lines for the [global] part. */
  readonly settings?: readonly string[]
}

export interface SambaServer {
  readonly port: number
  readonly password: string
  /** Where the share lies on this machine. */
  readonly folder: string
  /** Sets access lists on the server's side: path below the share → SDDL with numeric SIDs and masks. */
  setLists(lists: Readonly<Record<string, string>>): void
  /** smbd with all of its connections. */
  kill(): Promise<void>
  /** The same server again, on the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** undefined = a server can be started; else why not. Installs Samba where that is allowed. */
export function whyNoSamba(): string | undefined {
  const asked = spawnSync(process.execPath, [path.join(root, 'scripts/samba.mjs')], { encoding: 'utf8' })
  const found = foundSchema.parse(JSON.parse(asked.stdout))
  return 'reason' in found ? found.reason : undefined
}

/** Starts smbd on loopback with everything of its own below `folder`, in a mount namespace where its people are the system's. */
export async function startSamba(folder: string, plan: SambaPlan): Promise<SambaServer> {
  const share = path.join(folder, 'share')
  for (const name of ['state', 'cache', 'lock', 'pid', 'private', 'log', 'rpc', 'share'])
    fs.mkdirSync(path.join(folder, name), { recursive: true, mode: 0o755 })
  fs.chmodSync(folder, 0o755)
  const port = await freePort()
  const conf = path.join(folder, 'smb.conf')
  fs.writeFileSync(conf, configuration(folder, plan, port))
  writeAccounts(folder, plan)
  inNamespace(folder, setUpScript(conf, plan))
  // Its helper reads the permissions of shares as the one who asks.
  fs.chmodSync(path.join(folder, 'state/share_info.tdb'), 0o666)
  let running = await startDaemon(folder, conf, port)
  const kill = async (): Promise<void> => {
    if (running.exitCode !== null || running.signalCode !== null || running.pid === undefined) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    // Its own group: smbd starts a process for each connection.
    process.kill(-running.pid, 'SIGKILL')
    await ended
  }
  return {
    port,
    password: PASSWORD,
    folder: share,
    setLists(lists) {
      const rows = Object.entries(lists).map(([name, sddl]) => [path.join(share, name), sddl])
      inNamespace(
        folder,
        `exec /usr/bin/python3 -c "$SET_LISTS" ${conf} ${plan.domainSid} ${plan.share}`,
        { SET_LISTS },
        JSON.stringify(rows),
      )
    },
    kill,
    async restart() {
      running = await startDaemon(folder, conf, port)
    },
    stop: kill,
  }
}

function configuration(folder: string, { share, reader, settings = [] }: SambaPlan, port: number): string {
  const own = (name: string) => path.join(folder, name)
  return `[global]
  workgroup = CORP
  netbios name = FILESRV
  server role = standalone server
  smb ports = ${port}
  interfaces = lo
  bind interfaces only = yes
  disable netbios = yes
  state directory = ${own('state')}
  cache directory = ${own('cache')}
  lock directory = ${own('lock')}
  pid directory = ${own('pid')}
  private dir = ${own('private')}
  ncalrpc dir = ${own('rpc')}
  log file = ${own('log')}/smbd
  load printers = no
  printcap name = /dev/null
  disable spoolss = yes
  passdb backend = tdbsam
  map to guest = never
  vfs objects = acl_xattr
  acl_xattr:ignore system acls = yes
  store dos attributes = yes
  ${settings.join('\n  ')}
[${share}]
  path = ${own('share')}
  read only = no
  admin users = ${reader}
`
}

/** Copies of the system's lists with the server's people in them; only its namespace sees them. */
function writeAccounts(folder: string, { people, groups, aliases }: SambaPlan): void {
  const passwd = Object.keys(people).map(
    (name, at) => `${name}:x:${FIRST_UID + at}:${PEOPLE_GID}::/nonexistent:/usr/sbin/nologin`,
  )
  const others = [...Object.entries(groups), ...Object.keys(aliases).map((name) => [name, { members: [] }] as const)]
  const group = others.map(([name, { members }], at) => `${unixGroup(name)}:x:${PEOPLE_GID + 1 + at}:${members.join(',')}`)
  const withOwn = (file: string, lines: readonly string[]): string =>
    `${fs.readFileSync(file, 'utf8').trimEnd()}\n${lines.join('\n')}\n`
  fs.writeFileSync(path.join(folder, 'passwd'), withOwn('/etc/passwd', passwd))
  fs.writeFileSync(path.join(folder, 'group'), withOwn('/etc/group', [`portagepeople:x:${PEOPLE_GID}:`, ...group]))
}

/** The system has groups of its own, some with common names. */
const unixGroup = (name: string): string => `portage-${name.toLowerCase()}`

function setUpScript(conf: string, { domainSid, people, groups, aliases, share, sharePermissions }: SambaPlan): string {
  const net = `net -s ${conf}`
  return [
    'set -e',
    `${net} setlocalsid ${domainSid}`,
    ...Object.entries(people).map(
      ([name, rid]) => `printf '${PASSWORD}\\n${PASSWORD}\\n' | pdbedit -s ${conf} -a -t -u ${name} -U ${rid} >/dev/null`,
    ),
    ...Object.entries(groups).map(
      ([name, { rid }]) => `${net} groupmap add sid=${domainSid}-${rid} ntgroup=${name} unixgroup=${unixGroup(name)} type=domain`,
    ),
    ...Object.entries(aliases).flatMap(([name, { rid, members }]) => [
      `${net} groupmap add sid=${domainSid}-${rid} ntgroup=${name} unixgroup=${unixGroup(name)} type=local`,
      ...members.map((member) => `${net} groupmap addmem ${domainSid}-${rid} ${member}`),
    ]),
    `sharesec -s ${conf} ${share} -R '${sharePermissions.join(',')}'`,
  ].join('\n')
}

const SET_LISTS = `
import json, sys
from samba.samba3 import param
from samba.auth_util import system_session_unix
from samba import ntacls
conf, sid, share = sys.argv[1:4]
lp = param.get_context()
lp.load(conf)
for path, sddl in json.load(sys.stdin):
    ntacls.setntacl(lp, path, sddl, sid, system_session_unix(), use_ntvfs=False, service=share)
`

const bound = (folder: string, script: string): readonly string[] => [
  '--mount',
  'sh',
  '-c',
  `mount --bind ${folder}/passwd /etc/passwd && mount --bind ${folder}/group /etc/group || exit 1\n${script}`,
]

function inNamespace(folder: string, script: string, env: Readonly<Record<string, string>> = {}, input = ''): void {
  const ran = spawnSync('unshare', bound(folder, script), { encoding: 'utf8', env: { ...process.env, ...env }, input })
  if (ran.status !== 0) throw new Error(`Samba could not be set up: ${ran.stdout}${ran.stderr}`)
}

async function startDaemon(folder: string, conf: string, port: number): Promise<ChildProcess> {
  const log = fs.openSync(path.join(folder, 'smbd.out'), 'a')
  const child = spawn('unshare', bound(folder, `exec smbd --foreground --no-process-group -s ${conf}`), {
    stdio: ['ignore', log, log],
    detached: true,
  })
  fs.closeSync(log)
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`smbd ended: ${fs.readFileSync(path.join(folder, 'smbd.out'), 'utf8')}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return child
}

async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
