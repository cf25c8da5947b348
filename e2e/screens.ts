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

/** A window of a tenant that runs already, connected step by step as a person does it. */
export async function connectWindow(
  page: Page,
  options: { readonly url: string; readonly connectionFile: string; readonly agentName: string },
): Promise<void> {
  await page.goto(options.url)
  await page.getByRole('button', { name: 'Begin' }).click()
  await page.getByRole('button', { name: /^(Next|Go on all the same)$/ }).click()
  await page.getByRole('tab', { name: 'Connection file' }).click()
  await page.getByRole('textbox', { name: 'Connection file' }).fill(options.connectionFile)
  await page.getByRole('button', { name: 'Connect and check access' }).click()
  await expect(page.getByRole('table', { name: 'Roles and access of the connection' })).toContainText('Coordination site')
  await page.getByRole('button', { name: 'Skip for now' }).click()
  await page.getByRole('textbox', { name: 'Name of this agent' }).fill(options.agentName)
  await page.getByRole('button', { name: 'Finish' }).click()
  await expect(page.getByText(`Agent ${options.agentName}`)).toBeVisible()
}
