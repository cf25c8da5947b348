import fs from 'node:fs'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { startTenant } from '../src/simulator/index.ts'
import { expect, test } from './launchHost.ts'
import { addSource, library, openView, row } from './screens.ts'

const FILES = 40

/** The code on the screen is entered on another device by the administrator. */
async function enterCode(page: Page, tenant: Awaited<ReturnType<typeof startTenant>>, upn: string): Promise<void> {
  const said = page.getByText(/enter the code [A-Z0-9]{9}/i).first()
  await expect(said).toBeVisible()
  const userCode = /code ([A-Z0-9]{9})/i.exec(await said.innerText())?.[1]
  await tenant.control('/identity/device', { body: { userCode, upn, outcome: 'approve' } })
}

test('the sign-in of a person is taken back in mid-run: the screen says what to do, and the work goes on after it', async ({
  page,
  host,
}) => {
  const share = path.join(host.scratch, 'Share')
  fs.mkdirSync(share)
  for (let n = 0; n < FILES; n++) fs.writeFileSync(path.join(share, `file ${n}.bin`), Buffer.alloc(20_000, n))
  const tenant = await startTenant({ port: 0, seed: 1, latencyMs: 100 })
  try {
    const admin = tenant.users.find(({ upn }) => upn.startsWith('admin@'))
    if (!admin) throw new Error('the practice tenant has an administrator')
    const connectionFile = path.join(path.dirname(tenant.connectionFile), 'device.json')
    const connection = JSON.parse(fs.readFileSync(tenant.connectionFile, 'utf8'))
    fs.writeFileSync(connectionFile, JSON.stringify({ ...connection, auth: { kind: 'deviceCode' } }))

    await test.step('connect with a code', async () => {
      await page.goto(host.url)
      await page.getByRole('button', { name: 'Begin' }).click()
      await page.getByRole('button', { name: /^(Next|Go on all the same)$/ }).click()
      await page.getByRole('tab', { name: 'Connection file' }).click()
      await page.getByRole('textbox', { name: 'Connection file' }).fill(connectionFile)
      await page.getByRole('button', { name: 'Connect and check access' }).click()
      await enterCode(page, tenant, admin.upn)
      await expect(page.getByRole('table', { name: 'Roles and access of the connection' })).toContainText('Coordination site')
      await page.getByRole('button', { name: 'Skip for now' }).click()
      await page.getByRole('button', { name: 'Finish' }).click()
    })

    await test.step('begin a migration', async () => {
      await openView(page, 'Create')
      await addSource(page, share)
      await (await library(page, 'Finance', 'Documents')).press('Enter')
      await page.getByRole('button', { name: 'Review' }).click()
      await page.getByRole('button', { name: 'Add 1 migration' }).click()
      await page.getByRole('button', { name: 'See it run' }).click()
      await expect(row(page, 'Share').getByText('In progress')).toBeVisible()
    })

    await test.step('the sign-in is taken back; the screen says so with its one remedy', async () => {
      await tenant.control('/identity/revoke', { body: { upn: admin.upn, access: true, refresh: true } })
      const note = page.getByRole('alert').filter({ hasText: 'Sign in to go on.' })
      await expect(note).toBeVisible({ timeout: 40_000 })
      await expect(row(page, 'Share').getByText('In progress')).toBeVisible()
      await note.getByRole('button', { name: 'Sign in again' }).click()
      await enterCode(page, tenant, admin.upn)
      await expect(note).toHaveCount(0, { timeout: 40_000 })
    })

    await test.step('and the work goes on by itself', async () => {
      await expect(row(page, 'Share').getByText('Completed', { exact: true })).toBeVisible({ timeout: 60_000 })
    })
  } finally {
    await tenant.close()
  }
})
