import fs from 'node:fs'
import path from 'node:path'
import { unzipSync } from 'fflate'
import { expect, test } from './launchHost.ts'
import { addSource, library, openPractice, openView, row, sources, writeShare } from './screens.ts'

/** Together with the folder above it, longer than SharePoint takes. */
const LONG = 'x'.repeat(200)

test('a first migration: dragged onto a library, watched, its failure mended and tried again, reported', async ({
  page,
  host,
}) => {
  const share = path.join(host.scratch, 'Legal share')
  writeShare(share)
  fs.mkdirSync(path.join(share, LONG))
  fs.writeFileSync(path.join(share, LONG, `${LONG}.txt`), 'too deep')
  await openPractice(page, host.url)
  expect(page.url()).not.toContain('token')

  await test.step('drag the folder onto a library and review it with its forecast', async () => {
    await page.getByRole('button', { name: 'Create a migration' }).click()
    await addSource(page, share)
    const documents = await library(page, 'Finance', 'Documents')
    await sources(page)
      .getByRole('treeitem', { name: /^Legal share/ })
      .dragTo(documents)
    await page.getByRole('button', { name: 'Review' }).click()
    await expect(page.getByText('0 new names, 1 stay behind')).toBeVisible()
    await page.getByRole('textbox', { name: 'Tags' }).fill('Wave 1')
    await page.getByRole('button', { name: 'Add 1 migration' }).click()
    await page.getByRole('button', { name: 'See it run' }).click()
  })

  await test.step('watch it end, with one file left behind and the reason', async () => {
    await expect(row(page, 'Legal share').getByText('Completed with issues')).toBeVisible({ timeout: 40_000 })
    await row(page, 'Legal share').getByRole('button', { name: 'Legal share', exact: true }).click()
    const panel = page.getByRole('complementary', { name: 'Legal share' })
    await panel.getByRole('button', { name: /^Show items: The path is too long/ }).click()
    await expect(panel.getByText('characters, ').first()).toBeVisible()
    await panel.getByRole('tab', { name: 'State' }).click()
  })

  await test.step('mend it at the source and try again', async () => {
    fs.renameSync(path.join(share, LONG, `${LONG}.txt`), path.join(share, LONG, 'short.txt'))
    await page.getByRole('button', { name: /^Try again: The path is too long/ }).click()
    await expect(row(page, 'Legal share').getByText('Completed', { exact: true })).toBeVisible({ timeout: 40_000 })
    const panel = page.getByRole('complementary', { name: 'Legal share' })
    await expect(panel.getByText('Nothing was left behind.')).toBeVisible()
    await panel.getByRole('tab', { name: 'History' }).click()
    await expect(panel.getByText('R1', { exact: true })).toBeVisible()
    await page.keyboard.press('Escape')
  })

  await test.step('export the reports and read them', async () => {
    await openView(page, 'Reports')
    const read = async (format: string, fileName: string) => {
      await page.getByRole('button', { name: `Export: ${format}` }).click()
      const downloading = page.waitForEvent('download')
      await page.getByRole('button', { name: new RegExp(`^Download .*${fileName}$`) }).click()
      const file = path.join(host.scratch, fileName)
      await (await downloading).saveAs(file)
      return file
    }
    const items = fs.readFileSync(await read('CSV files', 'ItemReport_R0.csv'), 'utf8')
    expect(items).toContain('Müller & Söhne.txt')
    expect(items.trim().split('\r\n').length).toBeGreaterThanOrEqual(5)
    const names = Object.keys(unzipSync(fs.readFileSync(await read('Everything in one zip', 'Migration reports.zip'))))
    expect(names.filter((name) => name.endsWith('ItemReport_R1.csv'))).toHaveLength(1)
    const html = fs.readFileSync(await read('A page for your manager', 'Migration report.html'), 'utf8')
    expect(html).toContain('Legal share')
    expect(html).not.toMatch(/<script|https?:\/\/(?!contoso)/)
    const json = JSON.parse(fs.readFileSync(await read('JSON for scripts', 'Migration report.json'), 'utf8'))
    expect(json.totals).toMatchObject({ foundFiles: 4, arrivedFiles: 4, failedItems: 0 })
  })

  await test.step('the progress has a window of its own; the link works once', async () => {
    await openView(page, 'Overview')
    await expect(page.getByText('100 % of the files known so far')).toBeVisible()
    const opening = page.waitForEvent('popup')
    await page.getByRole('button', { name: 'Progress in its own window' }).click()
    const progress = await opening
    await expect(progress.getByRole('heading', { name: 'Progress: contoso' })).toBeVisible()
    await expect(progress.getByRole('navigation')).toHaveCount(0)
    await progress.close()
    await page.reload()
    await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()
    const stranger = await page.context().newPage()
    await stranger.goto(host.url)
    await expect(stranger.getByRole('heading', { name: 'This window is not signed in' })).toBeVisible()
    await stranger.close()
  })
})
