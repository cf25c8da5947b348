import path from 'node:path'
import type { Page } from '@playwright/test'
import { startTenant } from '../src/simulator/index.ts'
import { expectAccessible, expectFits } from './accessibility.ts'
import { expect, test } from './launchHost.ts'
import { addSource, library, openPractice, openView, row, writeShare } from './screens.ts'

async function expectGood(page: Page, where: string): Promise<void> {
  await expectAccessible(page, where)
  await expectFits(page, where)
}

test('the first run in three themes and small windows, from the welcome to the name of the agent', async ({ page, host }) => {
  test.setTimeout(240_000)
  const tenant = await startTenant({ port: 0, seed: 1 })
  try {
    await page.goto(host.url)
    await expect(page.getByRole('heading', { name: 'Try it first' })).toBeVisible()
    await expectGood(page, 'Welcome')
    await page.getByRole('button', { name: 'Begin' }).click()
    await expect(page.getByRole('table', { name: 'Prerequisites' })).toBeVisible()
    await expectGood(page, 'Prerequisites')
    await page.getByRole('button', { name: /^(Next|Go on all the same)$/ }).click()
    await expect(page.getByRole('textbox', { name: 'Tenant' })).toBeVisible()
    await expectGood(page, 'Connect by app registration')
    await page.getByRole('tab', { name: 'Connection file' }).click()
    await page.getByRole('textbox', { name: 'Connection file' }).fill('/nowhere/connection.json')
    await page.getByRole('button', { name: 'Connect and check access' }).click()
    await expect(page.getByRole('alert')).toBeVisible()
    await expectGood(page, 'Connect with an error')
    await page.getByRole('textbox', { name: 'Connection file' }).fill(tenant.connectionFile)
    await page.getByRole('button', { name: 'Connect and check access' }).click()
    await expect(page.getByRole('table', { name: 'Roles and access of the connection' })).toContainText('Coordination site')
    await expectGood(page, 'Access to sources')
    await page.getByRole('button', { name: 'Skip for now' }).click()
    await expect(page.getByRole('textbox', { name: 'Name of this agent' })).toBeVisible()
    await expectGood(page, 'Name of this agent')
    await page.getByRole('button', { name: 'Finish' }).click()
    await expect(page.getByRole('heading', { name: 'No migrations yet' })).toBeVisible()
    await expectGood(page, 'Overview without a migration')
    await openView(page, 'Migrations')
    await expectGood(page, 'Migrations without a migration')
  } finally {
    await tenant.close()
  }
})

test('every screen, dialog and tab in three themes and small windows', async ({ page, host }) => {
  test.setTimeout(300_000)
  const share = path.join(host.scratch, 'Legal share')
  writeShare(share)
  await openPractice(page, host.url)

  await test.step('Create, its dialogs, Review', async () => {
    await openView(page, 'Create')
    await page.getByRole('tab', { name: 'From a CSV or JSON file' }).click()
    await expectGood(page, 'Import')
    await page.getByLabel('Task file').setInputFiles({
      name: 'tasks.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`FileSharePath,,,SharePointSite,DocLibrary,DocSubFolder\r\n${share},,,not an address,Documents,`),
    })
    await expect(page.getByText('0 of 1 rows can be added')).toBeVisible()
    await expectGood(page, 'Import with bad rows')
    await page.getByRole('tab', { name: 'Choose places' }).click()
    await addSource(page, share)
    const documents = await library(page, 'Finance', 'Documents')
    await expectGood(page, 'Create')
    await page.getByRole('button', { name: 'Match home folders to people…' }).click()
    await expect(page.getByRole('dialog').getByText('Nobody of this name').first()).toBeVisible()
    await expectGood(page, 'Match home folders')
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await documents.focus()
    await page
      .getByRole('button', { name: /^New folder in/ })
      .first()
      .click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await expectGood(page, 'New folder')
    await page.keyboard.press('Escape')
    await documents.press('Enter')
    await page.getByRole('button', { name: 'Review' }).click()
    await expect(page.getByText(/^(no issues|all travel)/)).toBeVisible()
    await page.getByRole('combobox', { name: 'Start', exact: true }).selectOption('timed')
    await page.getByRole('combobox', { name: 'Repeat' }).selectOption('weeks')
    await page.getByRole('combobox', { name: 'Agent group' }).fill('Nobody')
    await expectGood(page, 'Review with a schedule')
    await page.getByRole('combobox', { name: 'Agent group' }).fill('Default')
    await page.getByRole('combobox', { name: 'Start', exact: true }).selectOption('free')
    await page.getByRole('button', { name: 'Settings of these migrations…' }).click()
    await expect(page.getByRole('dialog').getByText('What moves')).toBeVisible()
    await expectGood(page, 'Settings of new migrations')
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Add 1 migration' }).click()
    await page.getByRole('button', { name: 'See it run' }).click()
  })

  await test.step('Migrations with its details and questions', async () => {
    await expect(row(page, 'Legal share').getByText('Completed', { exact: true })).toBeVisible({ timeout: 40_000 })
    await page.getByRole('checkbox', { name: 'Select all' }).click()
    await expectGood(page, 'Migrations')
    await page.getByRole('toolbar', { name: 'Selected tasks' }).getByRole('button', { name: 'Delete' }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await expectGood(page, 'Delete tasks')
    await page.getByRole('dialog').getByRole('button', { name: 'Keep them' }).click()
    await page.getByRole('button', { name: 'Select none' }).click()
    await row(page, 'Legal share').getByRole('button', { name: 'Legal share', exact: true }).click()
    const panel = page.getByRole('complementary', { name: 'Legal share' })
    await expect(panel.getByText('Nothing was left behind.')).toBeVisible()
    await expectGood(page, 'Details: State')
    for (const tab of ['Items', 'History', 'Settings']) {
      await panel.getByRole('tab', { name: tab }).click()
      await expectGood(page, `Details: ${tab}`)
    }
    await panel.getByRole('button', { name: 'Close details' }).click()
  })

  await test.step('all other screens', async () => {
    for (const view of ['Overview', 'Scans', 'Reports', 'People', 'Cutover']) {
      await openView(page, view)
      await expect(page.getByRole('heading', { name: view, exact: true })).toBeVisible()
      await expectGood(page, view)
    }
    await openView(page, 'Scans')
    await page.getByRole('table', { name: 'Scans' }).getByRole('button', { name: 'Legal share', exact: true }).click()
    await expectGood(page, 'Scans with details')
    await openView(page, 'Agents')
    await expect(page.getByRole('table', { name: 'Agents' }).getByText('this computer')).toBeVisible()
    await expectGood(page, 'Agents')
    await page.getByRole('table', { name: 'Agents' }).getByRole('button').first().click()
    await expect(page.getByRole('heading', { name: 'Terms' })).toBeVisible()
    await expectGood(page, 'Agents with details')
    await openView(page, 'Settings')
    await expect(page.getByText('What moves')).toBeVisible()
    await expectGood(page, 'Settings: New migrations')
    await page.getByRole('tab', { name: 'Rules of the project' }).click()
    await page.getByRole('button', { name: 'Add a blackout' }).click()
    await page.getByRole('button', { name: 'Add a bandwidth limit' }).click()
    await expectGood(page, 'Settings: Rules of the project')
    await page.getByRole('tab', { name: 'This install' }).click()
    await expectGood(page, 'Settings: This install')
  })

  await test.step('the progress in its own window', async () => {
    await openView(page, 'Overview')
    const opening = page.waitForEvent('popup')
    await page.getByRole('button', { name: 'Progress in its own window' }).click()
    const progress = await opening
    await expect(progress.getByRole('heading', { name: 'Progress: contoso' })).toBeVisible()
    await expectGood(progress, 'Progress window')
    await progress.close()
  })
})
