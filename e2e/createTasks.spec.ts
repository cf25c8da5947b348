import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from './launchHost.ts'
import { destinations, openPractice, openView, row, sources, writeShare } from './screens.ts'

test('tasks from a file and by the keyboard alone', async ({ page, host }) => {
  const share = path.join(host.scratch, 'Good share')
  const homes = path.join(host.scratch, 'homes')
  writeShare(share)
  for (const name of ['ann', 'bob', 'nobody here']) fs.mkdirSync(path.join(homes, name), { recursive: true })
  await openPractice(page, host.url)

  await test.step('a task file with bad rows: every flaw is named, mended on the spot, and all are added', async () => {
    await openView(page, 'Create')
    await page.getByRole('tab', { name: 'From a CSV or JSON file' }).click()
    await page.getByLabel('Task file').setInputFiles({
      name: 'tasks.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(
        [
          'FileSharePath,,,SharePointSite,DocLibrary,DocSubFolder',
          `${share},,,https://contoso.sharepoint.com/sites/hr,Documents,Imported`,
          `${share},,,not an address,Documents,`,
          `${share},,,https://contoso.sharepoint.com/sites/hr,,`,
        ].join('\r\n'),
      ),
    })
    await expect(page.getByText('1 of 3 rows can be added')).toBeVisible()
    await page
      .getByRole('textbox', { name: 'Site, OneDrive or person of row 3' })
      .fill('https://contoso.sharepoint.com/sites/finance')
    await page.getByRole('button', { name: 'Leave out row 4' }).click()
    await page.getByRole('button', { name: 'Check the mended rows' }).click()
    await expect(page.getByText('2 of 2 rows can be added.')).toBeVisible()
    await page.getByRole('button', { name: 'Add 2 tasks' }).click()
    await page.getByRole('button', { name: 'See them run' }).click()
    await expect(row(page, 'Good share')).toHaveCount(2)
  })

  await test.step('without a mouse: a folder, a new folder in a channel, review, add', async () => {
    await page.getByRole('tab', { name: 'Migrations' }).focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('textbox', { name: 'Folder or share' }).focus()
    await page.keyboard.type(share)
    await page.keyboard.press('Enter')
    await expect(sources(page).getByRole('treeitem', { name: /^Good share/, selected: true })).toBeVisible()
    await page.getByRole('tab', { name: 'Teams' }).focus()
    await page.keyboard.press('Enter')
    const team = destinations(page).getByRole('treeitem').first()
    await expect(team).toHaveAttribute('aria-expanded', 'false')
    await team.focus()
    await page.keyboard.press('ArrowRight')
    const channel = destinations(page).getByRole('treeitem', { name: /General, standard channel/ })
    await expect(channel).toBeVisible()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await expect(page.getByRole('button', { name: 'New folder in General' })).toBeFocused()
    await page.keyboard.press('Enter')
    await page.keyboard.type('From the share')
    await page.keyboard.press('Enter')
    const made = destinations(page).getByRole('treeitem', { name: /^From the share/ })
    await made.focus()
    await page.keyboard.press('Enter')
    await expect(page.getByRole('list', { name: 'Planned migrations' })).toContainText('From the share')
    await page.getByRole('button', { name: 'Review' }).press('Enter')
    await page.getByRole('textbox', { name: `Name of ${share}` }).fill('By keyboard')
    await page.getByRole('button', { name: 'Add 1 migration' }).press('Enter')
    await page.getByRole('button', { name: 'See it run' }).press('Enter')
    await expect(row(page, 'By keyboard').getByText('Completed', { exact: true })).toBeVisible({ timeout: 40_000 })
  })

  await test.step('home folders find their people', async () => {
    await openView(page, 'Create')
    await page.getByRole('textbox', { name: 'Folder or share' }).fill(homes)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Match home folders to people…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Match home folders to people' })
    await expect(dialog.getByText('Nobody of this name')).toBeVisible()
    await dialog.getByRole('button', { name: 'Plan 2 migrations' }).click()
    await expect(page.getByRole('list', { name: 'Planned migrations' })).toContainText('OneDrive of bob@contoso.com')
    await page.getByRole('button', { name: 'Remove all' }).click()
  })

  await test.step('what was scanned is copied to migrations', async () => {
    await openView(page, 'Scans')
    await page.getByRole('checkbox', { name: 'Select all' }).click()
    await page.getByRole('button', { name: 'Copy 1 source to migrations' }).click()
    await expect(sources(page).getByRole('treeitem', { name: /^Good share/, selected: true })).toBeVisible()
  })

  await test.step('many at once: tagged, filtered, deleted', async () => {
    await openView(page, 'Migrations')
    await page.getByRole('checkbox', { name: 'Select all' }).click()
    const bar = page.getByRole('toolbar', { name: 'Selected tasks' })
    await expect(row(page, 'Good share').getByText('Completed', { exact: true })).toHaveCount(3, { timeout: 40_000 })
    await bar.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await expect(page.getByRole('heading', { name: 'No migrations yet' })).toBeVisible()
  })
})
