// Pictures of every screen, light and dark, into docs/screens/: the app on its practice tenant with the sample share. Builds the screens first.
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { chromium } from '@playwright/test'
import { ensureBrowser } from './browser.mjs'
import { root } from './run.mjs'

const SIZE = { width: 1280, height: 800 }
const target = process.env.SCREENS_TO ?? path.join(root, 'docs/screens')
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-screens-'))
const { path: executablePath, reason } = ensureBrowser()
if (!executablePath) {
  console.error(`screenshots: ${reason}`)
  process.exit(1)
}
spawnSync(process.execPath, [path.join(root, 'scripts/build.mjs'), 'renderer'], { cwd: root, stdio: 'inherit' })
fs.mkdirSync(target, { recursive: true })

// A work folder whose path reads well in a picture.
const workFolder = path.join(scratch, 'portage')
const host = spawn(
  process.execPath,
  [path.join(root, 'src/main/headless/cli.ts'), 'ui', '--no-open', '--json', '--work-dir', workFolder],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
const ended = new Promise((resolve) => host.once('close', resolve))
const url = await new Promise((resolve, reject) => {
  readline.createInterface({ input: host.stdout }).once('line', (line) => resolve(JSON.parse(line).url))
  void ended.then(() => reject(new Error('portage ui ended')))
})
const isRoot = process.getuid?.() === 0
const browser = await chromium.launch({ executablePath, args: isRoot ? ['--no-sandbox'] : [] })
const page = await browser.newPage({ viewport: SIZE })

async function shoot(name) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.waitForTimeout(300)
    await page.screenshot({ path: path.join(target, `${name}-${colorScheme}.png`) })
  }
  await page.emulateMedia({ colorScheme: 'light' })
  console.error(`screenshots: ${name}`)
}
const view = (name) => page.getByRole('navigation', { name: 'Main' }).getByRole('tab', { name }).click()
const button = (name) => page.getByRole('button', { name, exact: true }).first()
const tree = (name) => page.getByRole('tree', { name })

/** A colleague of another group, so that the list of agents is one; it takes none of the tasks of the pictures. */
let second
function startSecondAgent() {
  const [connectionFile] = fs.globSync(path.join(workFolder, '*/**/connection.json'))
  const folder = path.join(scratch, 'second')
  const cli = path.join(root, 'src/main/headless/cli.ts')
  spawnSync(process.execPath, [cli, 'connect', '--connection', connectionFile, '--work-dir', folder], { stdio: 'ignore' })
  const args = ['agent', 'run', '--name', 'Migration 02', '--group', 'Night shift', '--tasks', '4', '--work-dir', folder]
  second = spawn(process.execPath, [cli, ...args], { stdio: 'ignore' })
}

try {
  await page.goto(url)
  await button('Begin').waitFor()
  await shoot('welcome')
  await button('Begin').click()
  await page.getByRole('table', { name: 'Prerequisites' }).waitFor()
  await shoot('prerequisites')
  await page.getByRole('button', { name: /^(Next|Go on all the same)$/ }).click()
  await page.getByRole('textbox', { name: 'Tenant' }).waitFor()
  await shoot('connect')
  await button('Back').click()
  await button('Back to the start').click()
  await button('Try it with the practice tenant').click()
  await page.getByRole('heading', { name: 'No migrations yet' }).waitFor({ timeout: 60_000 })
  await view('Settings')
  await page.getByRole('tab', { name: 'This install' }).click()
  await page.getByRole('textbox', { name: 'Name of this agent' }).fill('Migration 01')
  await button('Rename').click()
  await page.getByText('Agent Migration 01').waitFor()
  startSecondAgent()

  await view('Create')
  await tree('Sources')
    .getByRole('treeitem', { name: /^Sample share/ })
    .press('ArrowRight')
  await tree('Destinations')
    .getByRole('treeitem', { name: /^Finance,/ })
    .press('ArrowRight')
  const documents = tree('Destinations').getByRole('treeitem', { name: /^Documents,/ })
  for (const folder of ['Finance', 'Projects'])
    await tree('Sources').getByRole('treeitem', { name: folder, exact: true }).press(' ')
  await documents.press('Enter')
  await tree('Sources').getByRole('treeitem', { name: 'Team archive', exact: true }).press(' ')
  await shoot('create')
  await tree('Sources').getByRole('treeitem', { name: 'Team archive', exact: true }).press(' ')
  await button('Review').click()
  await page.getByText('stay behind').last().waitFor()
  await page.getByRole('textbox', { name: 'Tags' }).fill('Wave 1; Finance')
  await shoot('review')
  await button('Add 2 migrations').click()
  await view('Migrations')
  const projects = page.getByRole('row').filter({ has: button('Projects') })
  await projects.getByText('Completed with issues').waitFor({ timeout: 90_000 })
  await shoot('migrations')
  await button('Projects').click()
  await page.getByText('Left behind, by reason').waitFor()
  await shoot('task')
  await view('Overview')
  await page.getByRole('heading', { name: 'Needs attention' }).waitFor()
  await shoot('overview')
  for (const name of ['People', 'Cutover']) {
    await view(name)
    await page.getByRole('heading', { name, exact: true }).waitFor()
    await shoot(name.toLowerCase())
  }
  await view('Scans')
  await button('Projects').click()
  await page.getByRole('button', { name: /^Characters that are not allowed/ }).click()
  await page.getByText('back_slash.txt').first().waitFor()
  await shoot('scans')
  await view('Agents')
  await page.getByRole('table', { name: 'Agents' }).getByText('of 4 places').waitFor({ timeout: 60_000 })
  await shoot('agents')
  await button('Migration 02').click()
  await page.getByRole('heading', { name: 'Terms' }).waitFor()
  await shoot('agent')
  await view('Reports')
  await button('Export: A page for your manager').click()
  await page.getByRole('table', { name: 'Exported files' }).waitFor()
  await shoot('reports')
  const [exported] = fs.globSync(path.join(workFolder, 'reports/*/Migration report.html'))
  await view('Settings')
  await page.getByText('What moves').waitFor()
  await shoot('settings')
  await page.getByRole('tab', { name: 'Rules of the project' }).click()
  await button('Add a blackout').click()
  await button('Add a bandwidth limit').click()
  await shoot('project-rules')
  if (exported) {
    await page.goto(`file://${exported}`)
    await shoot('report-page')
  }
} finally {
  second?.kill('SIGTERM')
  await browser.close()
  host.kill('SIGTERM')
  await ended
  fs.rmSync(scratch, { recursive: true, force: true })
}
