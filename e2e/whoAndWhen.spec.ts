import path from 'node:path'
import { expect, test } from './launchHost.ts'
import { addSource, library, openPractice, openView, row, writeShare } from './screens.ts'

test('who takes a task and when: chosen in the review, told while it waits, changed in its details; rules of the project', async ({
  page,
  host,
}) => {
  test.setTimeout(90_000)
  const share = path.join(host.scratch, 'Night share')
  writeShare(share)
  await openPractice(page, host.url)

  await test.step('a blackout and a budget are kept in the tenant', async () => {
    await openView(page, 'Settings')
    await page.getByRole('tab', { name: 'Rules of the project' }).click()
    await page.getByRole('button', { name: 'Add a blackout' }).click()
    await page.getByRole('textbox', { name: 'Name of blackout 1' }).fill('Never')
    for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'])
      await page.getByRole('checkbox', { name: day }).uncheck()
    await expect(page.getByText('Blackout 1: choose days')).toBeVisible()
    await page.getByRole('checkbox', { name: 'Sunday' }).check()
    await page.getByRole('combobox', { name: 'Kind of blackout 1' }).selectOption('dated')
    await page.getByRole('textbox', { name: 'Begin of blackout 1' }).fill('2031-01-01T00:00')
    await page.getByRole('textbox', { name: 'End of blackout 1' }).fill('2031-01-02T00:00')
    await page.getByRole('spinbutton', { name: 'Resource units' }).fill('500')
    await expect(page.getByText('Resource units of a day: at least 1,000.')).toBeVisible()
    await page.getByRole('spinbutton', { name: 'Resource units' }).fill('900000')
    await page.getByRole('button', { name: 'Save the rules' }).click()
    await expect(page.getByText('Not saved yet.')).toBeHidden()
    await page.reload()
    await openView(page, 'Settings')
    await page.getByRole('tab', { name: 'Rules of the project' }).click()
    await expect(page.getByRole('textbox', { name: 'Name of blackout 1' })).toHaveValue('Never')
    await expect(page.getByRole('spinbutton', { name: 'Resource units' })).toHaveValue('900000')
  })

  await test.step('for a group that nobody is in, at a time to come', async () => {
    await openView(page, 'Create')
    await addSource(page, share)
    await (await library(page, 'Finance', 'Documents')).press('Enter')
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('combobox', { name: 'Agent group' }).fill('Night shift')
    await page.getByRole('combobox', { name: 'Priority' }).selectOption('urgent')
    await page.getByRole('combobox', { name: 'Start', exact: true }).selectOption('timed')
    await page.getByLabel('Date and time').fill('2031-02-03T02:00')
    await page.getByRole('combobox', { name: 'Time zone' }).selectOption('Europe/Berlin')
    await page.getByRole('combobox', { name: 'Repeat' }).selectOption('weeks')
    await page.getByRole('checkbox', { name: 'Saturday' }).check()
    await expect(page.getByText('Runs every week on Sat from 2031-02-03 02:00 (Europe/Berlin).')).toBeVisible()
    await page.getByRole('button', { name: 'Add 1 migration' }).click()
    await page.getByRole('button', { name: 'See it run' }).click()
    await expect(row(page, 'Night share')).toContainText('waits for its start time')
  })

  const panel = page.getByRole('complementary', { name: 'Night share' })
  await test.step('without its schedule it waits for an agent, and the overview says what to do', async () => {
    await row(page, 'Night share').getByRole('button', { name: 'Night share', exact: true }).click()
    await panel.getByRole('tab', { name: 'Settings' }).click()
    await panel.getByRole('combobox', { name: 'Start', exact: true }).selectOption('free')
    await panel.getByRole('button', { name: 'Save who and when' }).click()
    await expect(row(page, 'Night share')).toContainText('Queued')
    await openView(page, 'Overview')
    await expect(page.getByText('No agent belongs to group Night shift.')).toBeVisible({ timeout: 30_000 })
    await page.getByRole('button', { name: 'Look at the agents' }).click()
    await expect(page.getByRole('table', { name: 'Agents' })).toContainText('Group Default')
  })

  await test.step('given to the group of this agent it runs', async () => {
    await openView(page, 'Migrations')
    await panel.getByRole('tab', { name: 'Settings' }).click()
    await panel.getByRole('combobox', { name: 'Agent group' }).fill('Default')
    await panel.getByRole('button', { name: 'Save who and when' }).click()
    await expect(row(page, 'Night share').getByText('Completed', { exact: true })).toBeVisible({ timeout: 40_000 })
  })
})
