import fs from 'node:fs'
import path from 'node:path'
import { expect, type Page } from '@playwright/test'

/** A connected window of the practice tenant, from the first page on. */
export async function openPractice(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('button', { name: 'Try it with the practice tenant' }).click()
  await expect(page.getByRole('heading', { name: 'No migrations yet' })).toBeVisible({ timeout: 40_000 })
}

export async function openView(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('tab', { name }).click()
}

export const sources = (page: Page) => page.getByRole('tree', { name: 'Sources' })
export const destinations = (page: Page) => page.getByRole('tree', { name: 'Destinations' })

/** Types a folder into the pane of sources; it stands there selected. */
export async function addSource(page: Page, folder: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Folder or share' }).fill(folder)
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(sources(page).getByRole('treeitem', { name: new RegExp(`^${path.basename(folder)}`) })).toBeVisible()
}

/** Opens a site in the pane of destinations and gives one of its libraries. */
export async function library(page: Page, site: string, title: string) {
  await destinations(page)
    .getByRole('treeitem', { name: new RegExp(`^${site},`) })
    .press('ArrowRight')
  const found = destinations(page).getByRole('treeitem', { name: new RegExp(`^${title},.*sites/${site.toLowerCase()}`, 'i') })
  await expect(found).toBeVisible()
  return found
}

export function row(page: Page, name: string) {
  return page.getByRole('table', { name: 'Migration tasks' }).getByRole('row').filter({ hasText: name })
}

/** Three files that everybody takes. */
export function writeShare(folder: string): void {
  fs.mkdirSync(path.join(folder, 'Contracts', '2026'), { recursive: true })
  fs.writeFileSync(path.join(folder, 'Contracts', '2026', 'Müller & Söhne.txt'), 'signed')
  fs.writeFileSync(path.join(folder, 'Contracts', 'empty.txt'), '')
  fs.writeFileSync(path.join(folder, 'plan.bin'), Buffer.alloc(300_000, 7))
}
