import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { LEASE_MS } from '../src/shared/limits.ts'
import { startTenant } from '../src/simulator/index.ts'
import { expect, test } from './launchHost.ts'
import { spawnPortage } from './portage.ts'
import { succeed } from './practice.ts'
import { connectWindow, openView } from './screens.ts'

const agentRow = (page: Page, name: string) =>
  page.getByRole('table', { name: 'Agents' }).getByRole('row').filter({ hasText: name })

/** Looks until the row says it: what an agent tells and what the window reads come a moment later. */
async function expectSaid(page: Page, name: string, words: string): Promise<void> {
  await expect(async () => {
    await page.getByRole('button', { name: 'Refresh' }).click()
    await expect(agentRow(page, name)).toContainText(words, { timeout: 1000 })
  }).toPass({ timeout: 40_000 })
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'close')
}

test('two agents: seen, changed, lost, back, and taken off the list', async ({ page, host }) => {
  test.setTimeout(120_000)
  const tenant = await startTenant({ port: 0, seed: 1 })
  const workFolder = path.join(host.scratch, 'second')
  const startSecond = () => spawnPortage(['agent', 'run', '--name', 'Migration 02', '--work-dir', workFolder])
  let second: ChildProcess | undefined
  try {
    await connectWindow(page, { url: host.url, connectionFile: tenant.connectionFile, agentName: 'Migration 01' })
    await succeed(['connect', '--connection', tenant.connectionFile, '--work-dir', workFolder])
    second = startSecond()

    await test.step('both are on the list, this one marked', async () => {
      await openView(page, 'Agents')
      await expectSaid(page, 'Migration 02', 'Enabled')
      await expect(agentRow(page, 'Migration 01')).toContainText('this computer')
      await expect(page.getByText('2 agents, 0 at work.')).toBeVisible()
    })

    await test.step('name, group, places and state are changed from here', async () => {
      await agentRow(page, 'Migration 02').getByRole('button', { name: 'Migration 02' }).click()
      const panel = page.getByRole('complementary', { name: 'Migration 02' })
      await panel.getByRole('textbox', { name: 'Group' }).fill('Night "shift"')
      await expect(panel.getByText('no quotes.')).toBeVisible()
      await panel.getByRole('textbox', { name: 'Group' }).fill('Night shift')
      await panel.getByRole('combobox', { name: 'Tasks at the same time' }).selectOption('3')
      await panel.getByRole('button', { name: 'Save' }).click()
      await expect(panel.getByText('Saved.')).toBeVisible()
      await expect(agentRow(page, 'Migration 02')).toContainText('Group Night shift')
      await expect(panel.getByRole('button', { name: 'Take off the list (stop it first)' })).toBeDisabled()
      await panel.getByRole('button', { name: 'Disable' }).click()
      await expect(agentRow(page, 'Migration 02').getByText('Disabled', { exact: true })).toBeVisible()
      await panel.getByRole('button', { name: 'Enable' }).click()
      await expect(agentRow(page, 'Migration 02').getByText('Enabled', { exact: true })).toBeVisible()
      await page.keyboard.press('Escape')
    })

    await test.step('its process dies: after its lease the screen says since when and what to look at', async () => {
      if (second) await killed(second)
      await tenant.control('/clock/advance', { body: { ms: LEASE_MS + 60_000 } })
      await expectSaid(page, 'Migration 02', 'Disconnected')
      await expect(agentRow(page, 'Migration 02')).toContainText('It has shown no life for')
    })

    await test.step('it comes back by itself, with what people had decided', async () => {
      second = startSecond()
      await expectSaid(page, 'Migration 02', 'Enabled')
      await expect(agentRow(page, 'Migration 02')).toContainText('Group Night shift')
      await expectSaid(page, 'Migration 02', 'of 3 places')
    })

    await test.step('stopped for good, it is taken off the list', async () => {
      second?.kill('SIGTERM')
      if (second) await once(second, 'close')
      await expectSaid(page, 'Migration 02', 'Disconnected')
      await agentRow(page, 'Migration 02').getByRole('button', { name: 'Migration 02' }).click()
      await page.getByRole('button', { name: 'Take off the list…' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Take it off' }).click()
      await expect(agentRow(page, 'Migration 02')).toHaveCount(0)
    })
  } finally {
    second?.kill('SIGKILL')
    await tenant.close()
  }
})
