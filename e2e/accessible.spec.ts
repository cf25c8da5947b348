import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './launchHost.ts'
import { addSource, library, openPractice, openView, row, writeShare } from './screens.ts'

const THEMES = [
  { name: 'light', media: { colorScheme: 'light', forcedColors: 'none' } },
  { name: 'dark', media: { colorScheme: 'dark', forcedColors: 'none' } },
  { name: 'high contrast', media: { colorScheme: 'dark', forcedColors: 'active' } },
] as const

/** What a person with a screen reader, a keyboard or weak eyes would stumble over. Colours are judged where the page chooses them. */
async function violations(page: Page, options: { readonly onlyColours: boolean }): Promise<readonly string[]> {
  // Fluent's own marks at the ends of its focus zones: they hand the focus on and are never heard.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).exclude('[data-tabster-dummy]')
  const { violations: found } = await (options.onlyColours ? axe.withRules(['color-contrast']) : axe).analyze()
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, html }) => `${target.join(' ')} ${html.slice(0, 160)}`).join(' | ')}`)
}

async function expectAccessible(page: Page, where: string): Promise<void> {
  for (const { name, media } of THEMES) {
    await page.emulateMedia(media)
    // Fluent fades colours from one theme to the other; in between they are nobody's.
    await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))))
    expect(await violations(page, { onlyColours: name !== 'light' }), `${where}, ${name}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' })
}

/** Nothing runs out of a small window; `200 % zoom` of 1280 × 800 is a window of 640 × 400. */
async function expectFits(page: Page, where: string): Promise<void> {
  for (const size of [
    { width: 1024, height: 700 },
    { width: 640, height: 400 },
  ]) {
    await page.setViewportSize(size)
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow, `${where} at ${size.width} × ${size.height}`).toBeLessThanOrEqual(0)
  }
  await page.setViewportSize({ width: 1280, height: 800 })
}

test('every screen in three themes: nothing serious for axe, nothing beyond a small window', async ({ page, host }) => {
  test.setTimeout(120_000)
  const share = path.join(host.scratch, 'Legal share')
  writeShare(share)
  await page.goto(host.url)
  await expect(page.getByRole('heading', { name: 'Try it first' })).toBeVisible()
  await expectAccessible(page, 'Welcome')
  await expectFits(page, 'Welcome')
  await page.getByRole('button', { name: 'Begin' }).click()
  await page.getByRole('button', { name: /^(Next|Go on all the same)$/ }).click()
  await expect(page.getByRole('textbox', { name: 'Tenant' })).toBeVisible()
  await expectAccessible(page, 'Connect')
  await expectFits(page, 'Connect')
  await page.getByRole('button', { name: 'Back' }).click()
  await page.getByRole('button', { name: 'Back to the start' }).click()
  await openPractice(page, page.url())

  await openView(page, 'Create')
  await addSource(page, share)
  await library(page, 'Finance', 'Documents')
  await expectAccessible(page, 'Create')
  await expectFits(page, 'Create')
  await (await destinationsOf(page)).press('Enter')
  await page.getByRole('button', { name: 'Review' }).click()
  await expect(page.getByText('no issues')).toBeVisible()
  await expectAccessible(page, 'Review')
  await page.getByRole('button', { name: 'Add 1 migration' }).click()
  await page.getByRole('button', { name: 'See it run' }).click()
  await expect(row(page, 'Legal share').getByText('Completed', { exact: true })).toBeVisible({ timeout: 40_000 })
  await expectFits(page, 'Migrations')
  await row(page, 'Legal share').getByRole('button', { name: 'Legal share', exact: true }).click()
  await expect(page.getByText('Nothing was left behind.')).toBeVisible()
  await expectAccessible(page, 'Migrations')
  for (const view of ['Overview', 'Scans', 'Reports', 'Settings']) {
    await openView(page, view)
    await expect(page.getByRole('heading', { name: view, exact: true })).toBeVisible()
    await expectAccessible(page, view)
    await expectFits(page, view)
  }
})

const destinationsOf = async (page: Page) =>
  page
    .getByRole('tree', { name: 'Destinations' })
    .getByRole('treeitem', { name: /^Documents,/ })
    .first()
