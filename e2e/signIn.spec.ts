import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { chromium, expect, test } from '@playwright/test'
import { startTenant } from '../src/simulator/index.ts'

const CLI = path.resolve(import.meta.dirname, '../src/main/headless/cli.ts')

/** `portage connect --interactive` as a person runs it: tells the address of the sign-in page, ends with an exit code. */
function connectInteractively(connectionFile: string, scratch: string) {
  const child = spawn(
    process.execPath,
    [CLI, 'connect', '--connection', connectionFile, '--interactive', '--json', '--work-dir', path.join(scratch, 'work')],
    // No program that opens a browser is found: this test is the browser.
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: scratch } },
  )
  let said = ''
  child.stdout.on('data', (piece: Buffer) => {
    said += piece.toString()
  })
  const notes: string[] = []
  const address = new Promise<string>((resolve, reject) => {
    readline.createInterface({ input: child.stderr }).on('line', (line) => {
      notes.push(line)
      const found = /https:\/\/\S+/.exec(line)?.[0]
      if (found) resolve(found)
    })
    child.once('close', () => reject(new Error(`no sign-in address: ${notes.join('\n')}`)))
  })
  const ended = new Promise<{ readonly exitCode: number | null; readonly said: string }>((resolve) =>
    child.once('close', (exitCode) => resolve({ exitCode, said })),
  )
  return { address, ended }
}

test('a person signs in on the page of the practice tenant', async ({ launchOptions }) => {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-signin-'))
  const tenant = await startTenant({ port: 0, seed: 1 })
  const admin = tenant.users.find(({ upn }) => upn.startsWith('admin@'))
  if (!admin) throw new Error('the practice tenant has an administrator')
  const browser = await chromium.launch({
    ...launchOptions,
    args: [...(launchOptions.args ?? []), `--host-resolver-rules=MAP login.microsoftonline.com 127.0.0.1:${tenant.port}`],
  })
  try {
    const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage()
    const connecting = connectInteractively(tenant.connectionFile, scratch)
    await page.goto(await connecting.address)
    await page.getByLabel('Another account').fill(admin.upn)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByRole('alert')).toBeVisible()
    await page.getByLabel('Password').fill(admin.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    const accept = page.getByRole('button', { name: 'Accept' })
    await accept
      .or(page.getByText(/close this/i))
      .first()
      .waitFor()
    if (await accept.isVisible()) await accept.click()
    const { exitCode, said } = await connecting.ended
    expect(JSON.parse(said)).toMatchObject({ connected: true })
    expect(exitCode).toBe(0)
  } finally {
    await browser.close()
    await tenant.close()
    fs.rmSync(scratch, { recursive: true, force: true })
  }
})
