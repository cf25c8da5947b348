import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from './launchHost.ts'

function writeShare(folder: string): void {
  fs.mkdirSync(path.join(folder, 'Contracts', '2026'), { recursive: true })
  fs.writeFileSync(path.join(folder, 'Contracts', '2026', 'Müller & Söhne.txt'), 'signed')
  fs.writeFileSync(path.join(folder, 'Contracts', 'empty.txt'), '')
  fs.writeFileSync(path.join(folder, 'plan.bin'), Buffer.alloc(300_000, 7))
}

test('a first migration: practice tenant, one folder, proven and reported', async ({ page, host }) => {
  const share = path.join(host.scratch, 'Legal share')
  writeShare(share)
  await page.goto(host.url)

  await test.step('connect to the practice tenant', async () => {
    await page.getByRole('button', { name: 'Try it with the practice tenant' }).click()
    await expect(page.getByRole('heading', { name: 'No migrations yet' })).toBeVisible({ timeout: 40_000 })
    await expect(page.getByText('contoso · task list in')).toBeVisible()
    expect(page.url()).not.toContain('token')
  })

  await test.step('create the task with the keyboard only', async () => {
    await page.getByRole('button', { name: 'Create a migration' }).press('Enter')
    await page.getByRole('button', { name: 'Add the task' }).press('Enter')
    await expect(page.getByText('Name the folder to move.')).toBeVisible()
    await page.getByRole('textbox', { name: 'Folder or share' }).fill(share)
    await page.getByRole('textbox', { name: 'Site' }).fill('https://contoso.sharepoint.com/sites/finance')
    await page.getByRole('textbox', { name: 'Folder', exact: true }).fill('Moved')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'See it run' }).press('Enter')
  })

  await test.step('watch it complete', async () => {
    const row = page.getByRole('row').filter({ hasText: 'Legal share' })
    await expect(row.getByText('Documents/Moved')).toBeVisible()
    await expect(row.getByText('Completed', { exact: true })).toBeVisible({ timeout: 40_000 })
    await expect(row.getByText('3 of 3 files')).toBeVisible()
    await page.getByRole('tab', { name: 'Overview' }).click()
    await expect(page.getByText('100 % of the files known so far')).toBeVisible()
  })

  await test.step('export the reports and read one', async () => {
    await page.getByRole('tab', { name: 'Reports' }).click()
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menuitem', { name: 'All tasks' }).click()
    await expect(page.getByRole('table', { name: 'Exported files' })).toBeVisible()
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: /Download .*ItemReport_R0\.csv/ }).click()
    const download = await downloading
    const file = path.join(host.scratch, 'ItemReport.csv')
    await download.saveAs(file)
    const text = fs.readFileSync(file, 'utf8')
    expect(text).toContain('Müller & Söhne.txt')
    expect(text.trim().split('\r\n').length).toBeGreaterThanOrEqual(4)
  })

  await test.step('the link works once; a reload of the window does not need it', async () => {
    await page.reload()
    await expect(page.getByRole('tab', { name: 'Overview' })).toBeVisible()
    const stranger = await page.context().newPage()
    await stranger.goto(host.url)
    await expect(stranger.getByRole('heading', { name: 'This window is not signed in' })).toBeVisible()
  })
})

test('a task file with bad rows: every flaw is named, the good rows are added', async ({ page, host }) => {
  await page.goto(host.url)
  await page.getByRole('button', { name: 'Try it with the practice tenant' }).click()
  await page.getByRole('button', { name: 'Create a migration' }).click({ timeout: 40_000 })
  await page.getByRole('tab', { name: 'From a CSV or JSON file' }).click()
  const share = path.join(host.scratch, 'Good share')
  fs.mkdirSync(share)
  await page.getByLabel('Task file').setInputFiles({
    name: 'tasks.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(
      [
        'FileSharePath,,,SharePointSite,DocLibrary,DocSubFolder',
        `${share},,,https://contoso.sharepoint.com/sites/hr,Documents,Imported`,
        `${share},,,not an address,Documents,`,
      ].join('\r\n'),
    ),
  })
  await expect(page.getByText('1 of 2 rows can be added')).toBeVisible()
  await expect(page.getByRole('table', { name: 'Problems by row' }).getByText('not an address', { exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Add the 1 good row' }).click()
  await page.getByRole('button', { name: 'See them run' }).click()
  await expect(page.getByRole('row').filter({ hasText: 'Good share' })).toBeVisible()
})
