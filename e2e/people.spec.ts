import fs from 'node:fs'
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './launchHost.ts'
import { openPractice, openView } from './screens.ts'

const DOMAIN = 'S-1-5-21-3623811015-3361044348-30300820'
const STRANGER = `${DOMAIN}-4711`

async function expectAccessible(page: Page, where: string): Promise<void> {
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))))
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).exclude('[data-tabster-dummy]').analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`),
    where,
  ).toEqual([])
}

test('a scan shows who could do what and can afterwards; who is nobody is settled by keyboard, and taken back', async ({
  page,
  host,
}) => {
  test.setTimeout(120_000)
  const share = path.join(host.scratch, 'Board share')
  fs.mkdirSync(path.join(share, 'Board'), { recursive: true })
  fs.writeFileSync(path.join(share, 'Board', 'secret.txt'), 'secret')
  const lists = path.join(host.scratch, 'lists.txt')
  const all = `(A;OICI;0x1301bf;;;${DOMAIN}-1203)`
  fs.writeFileSync(
    lists,
    [
      'Board share',
      `O:BAD:PAI(A;OICI;FA;;;BA)${all}`,
      'Board share\\Board',
      `O:BAD:PAI(D;OICI;FA;;;${DOMAIN}-1201)(A;OICI;FA;;;BA)${all}(A;OICI;0x1200a9;;;${STRANGER})`,
    ].join('\r\n'),
  )
  await openPractice(page, host.url)
  await openView(page, 'People')
  await expect(page.getByText('No accounts are known yet')).toBeVisible()

  await openView(page, 'Scans')
  await page.getByRole('checkbox', { name: 'Look at permissions too' }).check()
  await page.getByRole('textbox', { name: 'Saved access lists' }).fill(lists)
  await page.getByRole('textbox', { name: 'Folder or share to scan' }).fill(share)
  await page.getByRole('button', { name: 'Scan', exact: true }).click()
  await page.getByRole('button', { name: 'Board share', exact: true }).click()
  const matrix = page.getByRole('region', { name: 'Who could do what, and can afterwards' })
  await expect(matrix.getByRole('row', { name: new RegExp(STRANGER) })).toContainText('less')
  await expect(matrix.getByRole('row', { name: /carla@contoso.com/ })).toHaveCount(0)
  await matrix.getByRole('switch', { name: 'Only what is not the same' }).uncheck()
  await expect(matrix.getByRole('row', { name: /carla@contoso.com modify contribute same/ })).toBeVisible()
  await expect(matrix.getByRole('row', { name: /ann@contoso.com nothing nothing same/ })).toBeVisible()
  await expect(matrix.getByRole('row', { name: /Finance all modify its people, one by one same/ })).toBeVisible()
  await expectAccessible(page, 'Access matrix')

  await openView(page, 'People')
  const accounts = page.getByRole('table', { name: 'Accounts' })
  await expect(accounts.getByRole('row').nth(1)).toContainText(STRANGER)
  await expect(accounts.getByRole('row', { name: /Finance all/ })).toContainText('Directory, by SID')
  await page.getByRole('switch', { name: 'Only nobody' }).check()
  await expect(accounts.getByRole('row')).toHaveCount(2)
  await expectAccessible(page, 'People')
  await accounts.getByRole('button', { name: STRANGER }).press('Enter')
  await page.getByRole('textbox', { name: 'Person' }).fill('dan@contoso.com')
  await expectAccessible(page, 'People, one account')
  await page.keyboard.press('Enter')
  await expect(page.getByText('0 of them nobody at the destination')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.getByRole('switch', { name: 'Only nobody' }).uncheck()
  await expect(accounts.getByRole('row', { name: new RegExp(STRANGER) })).toContainText('dan@contoso.com')

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()])
  expect(fs.readFileSync(await download.path(), 'utf8')).toBe(`${STRANGER},dan@contoso.com,FALSE\r\n`)

  const file = path.join(host.scratch, 'wrong.csv')
  fs.writeFileSync(file, `${STRANGER},bob@contoso.com,FALSE\r\nCORP\\x,nobody,FALSE\r\n`)
  await page.getByLabel('Mapping file').setInputFiles(file)
  await expect(page.getByRole('alert')).toContainText('Row 2')
  fs.writeFileSync(file, `${STRANGER},bob@contoso.com,FALSE\r\n`)
  await page.getByLabel('Mapping file').setInputFiles(file)
  await expect(accounts.getByRole('row', { name: new RegExp(STRANGER) })).toContainText('bob@contoso.com')

  await accounts.getByRole('button', { name: STRANGER }).click()
  await page.getByRole('button', { name: 'Take back' }).click()
  await expect(page.getByText('1 of them nobody at the destination')).toBeVisible()
})
