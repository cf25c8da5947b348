import fs from 'node:fs'
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from './launchHost.ts'
import { addSource, library, openPractice, openView, row, sources, writeShare } from './screens.ts'

test('a wave: planned, rehearsed, refused by an open file, begun, reconciled, and asked where a file is', async ({
  page,
  host,
}) => {
  test.setTimeout(120_000)
  const share = path.join(host.scratch, 'Legal share')
  writeShare(share)
  for (const name of ['Contracts/2026/Müller & Söhne.txt', 'Contracts/empty.txt', 'plan.bin'])
    fs.utimesSync(path.join(share, name), 1_600_000_000, 1_600_000_000)
  await openPractice(page, host.url)

  await test.step('a migration with a tag runs to its end', async () => {
    await page.getByRole('button', { name: 'Create a migration' }).click()
    await addSource(page, share)
    const documents = await library(page, 'Finance', 'Documents')
    await sources(page)
      .getByRole('treeitem', { name: /^Legal share/ })
      .dragTo(documents)
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('textbox', { name: 'Tags' }).fill('Night 1')
    await page.getByRole('button', { name: 'Add 1 migration' }).click()
    await page.getByRole('button', { name: 'See it run' }).click()
    await expect(row(page, 'Legal share').getByText('Completed', { exact: true })).toBeVisible({ timeout: 40_000 })
  })

  const accessible = async (where: string) => {
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).exclude('[data-tabster-dummy]').analyze()
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(grave.map(({ id, nodes }) => `${where}: ${id} ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)).toEqual([])
  }

  await test.step('the wave is planned by keyboard alone', async () => {
    await openView(page, 'Cutover')
    await expect(page.getByRole('heading', { name: 'No waves yet' })).toBeVisible()
    await accessible('empty')
    await page.getByRole('button', { name: 'New wave' }).press('Enter')
    const dialog = page.getByRole('dialog', { name: 'A new wave' })
    await expect(dialog.getByText('Known tags: Night 1')).toBeVisible()
    await accessible('dialog')
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Legal')
    await dialog.getByRole('textbox', { name: 'Tag' }).fill('Night 1')
    await dialog.getByRole('textbox', { name: 'Longest last round, in minutes' }).fill('60')
    await page.keyboard.press('Enter')
    await expect(dialog).toBeHidden()
  })

  const panel = page.getByRole('complementary', { name: 'Legal' })
  const gate = (name: string) => panel.getByRole('list', { name: 'Gates' }).getByRole('listitem').filter({ hasText: name })

  await test.step('no go before anything was checked; a rehearsal says what is left to send', async () => {
    await expect(panel.getByText('No go', { exact: true })).toBeVisible()
    await expect(gate('Last round ended')).toContainText('Met')
    await expect(gate('Sources stand still')).toContainText('Not known')
    fs.writeFileSync(path.join(share, 'new.txt'), 'new')
    fs.utimesSync(path.join(share, 'new.txt'), 1_600_000_000, 1_600_000_000)
    await panel.getByRole('button', { name: 'Rehearse' }).click()
    await expect(panel.getByText('The last round would send 1 file (3 B).')).toBeVisible()
    await expect(gate('Length of the last round')).toContainText('Met')
    await accessible('panel')
  })

  await test.step('an open document is a no go, and closing it a go', async () => {
    fs.writeFileSync(path.join(share, '~$plan.docx'), 'ann')
    await panel.getByRole('button', { name: 'Check the freeze' }).click()
    await expect(panel.getByText('plan.docx (Legal share): open')).toBeVisible()
    await expect(gate('Sources stand still')).toContainText('Not met')
    fs.rmSync(path.join(share, '~$plan.docx'))
    await panel.getByRole('button', { name: 'Check the freeze' }).click()
    await expect(gate('Sources stand still')).toContainText('No file is in use')
    await expect(panel.getByText('Go', { exact: true })).toBeVisible()
  })

  await test.step('go: the last round runs, and the reconciliation is zero', async () => {
    await panel.getByRole('button', { name: 'Go…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Begin' }).click()
    await expect(panel.getByText(/^Begun/)).toBeVisible()
    await expect(async () => {
      await panel.getByRole('button', { name: 'Reconcile' }).click()
      await expect(panel.getByRole('region', { name: 'Reconcile: what was found' })).toContainText('Nothing', { timeout: 3000 })
    }).toPass({ timeout: 40_000 })
    await expect(panel.getByText('Reconciled: 6 items the same, nothing else.')).toBeVisible()
  })

  await test.step('lists to hand on, and where a file is now', async () => {
    await panel.getByRole('button', { name: 'Rollback list' }).click()
    await expect(panel.getByText(/^\d+ rows in .*Rollback\.csv$/)).toBeVisible()
    await page.getByRole('textbox', { name: 'Old path, or a part of it' }).fill('legal share\\NEW.TXT')
    await page.keyboard.press('Enter')
    await expect(
      page.getByRole('link', { name: 'https://contoso.sharepoint.com/sites/finance/Shared%20Documents/new.txt' }),
    ).toBeVisible()
    await accessible('search')
  })

  await test.step('nothing runs out of a small window', async () => {
    await page.setViewportSize({ width: 640, height: 400 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
  })
})
