import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { _electron, test as base, type Page } from '@playwright/test'
import { z } from 'zod'

const CLI = path.resolve(import.meta.dirname, '../src/main/headless/cli.ts')

export interface RunningHost {
  readonly url: string
  readonly workFolder: string
  /** A folder for sources and downloads of one test; removed afterwards. */
  readonly scratch: string
}

/** The headless host as a person starts it: `portage ui`, a work folder of its own, an ephemeral port. */
export async function launchHost(scratch: string): Promise<RunningHost & { stop(): Promise<void> }> {
  const workFolder = path.join(scratch, 'work')
  const child = spawn(process.execPath, [CLI, 'ui', '--no-open', '--json', '--work-dir', workFolder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  readline.createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    readline
      .createInterface({ input: child.stdout })
      .once('line', (line) => resolve(z.object({ url: z.string() }).parse(JSON.parse(line)).url))
    void ended.then(() => reject(new Error(`portage ui ended: ${said.join('\n')}`)))
  })
  return {
    url,
    workFolder,
    scratch,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

const ROOT = path.resolve(import.meta.dirname, '..')
export const isOnElectron = process.env.E2E === 'electron'

/** The desktop app with a work folder of its own. Its window shows the same screens; `url` is where they are. */
async function launchElectron(scratch: string) {
  const workFolder = path.join(scratch, 'work')
  const isRoot = process.getuid?.() === 0
  const app = await _electron.launch({
    args: [ROOT, `--user-data-dir=${path.join(scratch, 'profile')}`, ...(isRoot ? ['--no-sandbox'] : [])],
    env: { ...definedOnly(process.env), PORTAGE_WORK_DIR: workFolder },
  })
  return { url: 'portage://app/', workFolder, scratch, window: () => app.firstWindow(), stop: () => app.close() }
}

function definedOnly(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** A test with a host of its own, in a browser; with E2E=electron with the desktop app, in its window. */
export const test = base.extend<{ host: RunningHost & { readonly window?: () => Promise<Page> } }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures that are wanted from this pattern
  host: async ({}, use) => {
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-e2e-'))
    const host = isOnElectron ? await launchElectron(scratch) : await launchHost(scratch)
    try {
      await use(host)
    } finally {
      await host.stop()
      fs.rmSync(scratch, { recursive: true, force: true })
    }
  },
  page: async ({ page, host }, use) => {
    await use(host.window ? await host.window() : page)
  },
})
export { expect } from '@playwright/test'
