import dns from 'node:dns/promises'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { z } from 'zod'
import { chosenSettingsSchema } from '../../shared/contract/chosenSettings.ts'
import { setupStateSchema } from '../../shared/contract/setup.ts'
import type { AgentView } from '../../shared/contract/views.ts'
import type { TaskSettings } from '../../shared/domain/settings.ts'
import { GIB } from '../../shared/units.ts'
import type { App } from './app.ts'
import type { Handlers } from './dispatch.ts'
import { writeWhole } from './workFolder.ts'

/** Journals and reports of some million items; nothing is staged. */
const FREE_DISK_ADVISED_BYTES = 5 * GIB
const MEMORY_ADVISED_BYTES = 2 * GIB
const SIGN_IN_HOST = 'login.microsoftonline.com'

type SetupHandlers = Pick<
  Handlers,
  'setup.read' | 'setup.save' | 'prerequisites.check' | 'agent.rename' | 'settings.read' | 'settings.save'
>
type Check = { check: string; ok: boolean; found: string; fix?: string }

/** Here, and on the list that the others see, where it stands on it already. */
async function renameThisAgent(app: App, name: string): Promise<AgentView> {
  const view = app.renameAgent(name)
  if (app.connection.state !== 'connected') return view
  const { fleet } = app.host()
  const row = (await fleet.agents(app.closing)).find(({ id }) => id === view.id)
  if (row && row.terms.name !== name) {
    await fleet.changeTerms(view.id, { terms: { name }, action: 'agent.renamed' }, app.closing)
    app.refresh({ isFleet: true })
  }
  return view
}

/** What a first run remembers, what this computer needs, and the settings that new tasks take. */
export function createSetupHandlers(app: App): SetupHandlers {
  const folder = app.environment.workFolder.path
  const setupFile = path.join(folder, 'setup.json')
  return {
    'setup.read': async () => {
      const setup = readJson(setupFile, setupStateSchema)
      return setup ? { setup } : {}
    },
    'setup.save': async ({ setup }) => {
      if (setup) writeWhole(setupFile, JSON.stringify(setup))
      else fs.rmSync(setupFile, { force: true })
      return {}
    },
    'prerequisites.check': async () => ({ checks: await prerequisites(folder) }),
    'agent.rename': ({ name }) => renameThisAgent(app, name),
    'settings.read': async () => ({ chosen: { ...readProjectSettings(folder) } }),
    'settings.save': async ({ chosen }) => {
      writeWhole(settingsFile(folder), JSON.stringify(chosen, null, 2))
      return { chosen: { ...chosen } }
    },
  }
}

const settingsFile = (folder: string): string => path.join(folder, 'settings.json')

/** What this install chose for new tasks; nothing when it chose nothing, or when the file is damaged. */
export function readProjectSettings(folder: string): Partial<TaskSettings> {
  return readJson(settingsFile(folder), chosenSettingsSchema) ?? {}
}

function readJson<T>(file: string, schema: z.ZodType<T, unknown>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(fs.readFileSync(file, 'utf8'))).data
  } catch {
    return undefined
  }
}

/** Each check says what it found; a failed one says how to mend it. Never throws. */
async function prerequisites(folder: string): Promise<Check[]> {
  return [workFolderCheck(folder), await diskCheck(folder), memoryCheck(), await nameCheck()]
}

function workFolderCheck(folder: string): Check {
  const probe = path.join(folder, `.probe-${process.pid}`)
  try {
    fs.writeFileSync(probe, '')
    fs.rmSync(probe)
    return { check: 'Work folder', ok: true, found: `${folder} can be written` }
  } catch {
    return {
      check: 'Work folder',
      ok: false,
      found: `${folder} cannot be written`,
      fix: 'Give this account write permission, or start with --work-dir and another folder.',
    }
  }
}

async function diskCheck(folder: string): Promise<Check> {
  const check = 'Free disk space'
  try {
    const { bavail, bsize } = await fs.promises.statfs(folder)
    const free = bavail * bsize
    const found = `${(free / GIB).toFixed(0)} GB free`
    if (free >= FREE_DISK_ADVISED_BYTES)
      return { check, ok: true, found: `${found}; journals and reports need little, no staging area is used` }
    return { check, ok: false, found, fix: 'Free 5 GB on this disk, or choose a work folder on another one.' }
  } catch {
    return { check, ok: true, found: 'unknown on this file system' }
  }
}

function memoryCheck(): Check {
  const check = 'Memory and processors'
  const found = `${(os.totalmem() / GIB).toFixed(0)} GB, ${os.availableParallelism()} processors`
  if (os.totalmem() >= MEMORY_ADVISED_BYTES) return { check, ok: true, found }
  return { check, ok: false, found, fix: 'Give this machine at least 2 GB of memory.' }
}

async function nameCheck(): Promise<Check> {
  const check = 'Microsoft 365'
  const proxy = process.env.HTTPS_PROXY ?? process.env.https_proxy
  if (proxy !== undefined && proxy !== '') return { check, ok: true, found: 'reached through the proxy of HTTPS_PROXY' }
  try {
    await dns.lookup(SIGN_IN_HOST)
    return { check, ok: true, found: `${SIGN_IN_HOST} is known here` }
  } catch {
    return {
      check,
      ok: false,
      found: `${SIGN_IN_HOST} cannot be found from this computer`,
      fix: 'Check the network, or set HTTPS_PROXY. The practice tenant works without.',
    }
  }
}
