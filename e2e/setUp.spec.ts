import path from 'node:path'
import { startTenant } from '../src/simulator/index.ts'
import { expect, test } from './launchHost.ts'
import { addSource, library, openView, row, writeShare } from './screens.ts'

test('set up step by step, left half-way and taken up again; a sign-in that ends in mid-run stops nothing', async ({
  page,
  host,
}) => {
  const share = path.join(host.scratch, 'Share')
  writeShare(share)
  const tenant = await startTenant({ port: 0, seed: 1 })
  try {
    await test.step('prerequisites, and a tenant that is not there', async () => {
      await page.goto(host.url)
      await page.getByRole('button', { name: 'Begin' }).click()
      await expect(page.getByRole('table', { name: 'Prerequisites' }).getByText('can be written')).toBeVisible()
      await page.getByRole('button', { name: /^(Next|Go on all the same)$/ }).click()
      await page.getByRole('button', { name: 'Connect and check access' }).click()
      await expect(page.getByText('Name the tenant.')).toBeVisible()
      await page.getByRole('textbox', { name: 'Tenant' }).fill('contoso.onmicrosoft.com')
      await page.getByRole('tab', { name: 'Connection file' }).click()
      await page.getByRole('textbox', { name: 'Connection file' }).fill('/nowhere/connection.json')
      await page.getByRole('button', { name: 'Connect and check access' }).click()
      await expect(page.getByRole('alert')).toContainText('/nowhere/connection.json cannot be read')
    })

    await test.step('leave, come back to the same step with the same words', async () => {
      await page.reload()
      await expect(page.getByRole('textbox', { name: 'Connection file' })).toHaveValue('/nowhere/connection.json')
      await page.getByRole('tab', { name: 'App registration' }).click()
      await expect(page.getByRole('textbox', { name: 'Tenant' })).toHaveValue('contoso.onmicrosoft.com')
      await page.getByRole('tab', { name: 'Connection file' }).click()
    })

    await test.step('connect, see what was found, test a source, name the agent', async () => {
      await page.getByRole('textbox', { name: 'Connection file' }).fill(tenant.connectionFile)
      await page.getByRole('button', { name: 'Connect and check access' }).click()
      await expect(page.getByRole('table', { name: 'Roles and access of the connection' })).toContainText('Coordination site')
      await page.getByRole('textbox', { name: 'Folder or share' }).fill(path.join(host.scratch, 'not there'))
      await page.getByRole('button', { name: 'Test access' }).click()
      await expect(page.getByText('cannot be opened on this computer')).toBeVisible()
      await page.reload()
      await page.getByRole('textbox', { name: 'Folder or share' }).fill(share)
      await page.getByRole('button', { name: 'Test access' }).click()
      await expect(page.getByText('This agent can read it')).toBeVisible()
      await page.getByRole('button', { name: 'Next' }).click()
      await page.getByRole('textbox', { name: 'Name of this agent' }).fill('Migration 07')
      await page.getByRole('button', { name: 'Finish' }).click()
      await expect(page.getByText('Agent Migration 07')).toBeVisible()
    })

    await test.step('the service takes the sign-in for expired while the task runs', async () => {
      await tenant.control('/faults', {
        body: {
          version: 1,
          faults: ['drive.*', 'lists.*'].map((route) => ({
            name: `expired ${route}`,
            when: { route, calls: [4] },
            do: { action: 'token', problem: 'expired' },
          })),
        },
      })
      await openView(page, 'Create')
      await addSource(page, share)
      await (await library(page, 'HR', 'Documents')).press('Enter')
      await page.getByRole('button', { name: 'Review' }).click()
      await page.getByRole('button', { name: 'Add 1 migration' }).click()
      await page.getByRole('button', { name: 'See it run' }).click()
      await expect(row(page, 'Share').getByText('Completed', { exact: true })).toBeVisible({ timeout: 45_000 })
      const { faults } = (await tenant.control('/faults')) as { faults: { name: string; used: number }[] }
      expect(faults.reduce((sum, { used }) => sum + used, 0)).toBeGreaterThan(0)
    })
  } finally {
    await tenant.close()
  }
})
