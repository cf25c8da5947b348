import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { begin, createWorkspace, documents, FINANCE, run, until } from './commandLine.ts'

/** What an installed app consists of, far from any node_modules: it has to be whole. */
const workspace = createWorkspace('packed')
const app = path.join(workspace.path, 'app')
const program = path.join(app, 'main/portage.js')
const work = path.join(workspace.path, 'work')
afterAll(() => workspace.remove())

beforeAll(() => {
  const script = path.resolve(import.meta.dirname, '../scripts/build.mjs')
  const built = spawnSync(process.execPath, [script, '--out', app, 'main', 'practice'], { encoding: 'utf8' })
  expect(built.status, built.stderr).toBe(0)
  fs.writeFileSync(path.join(app, 'package.json'), '{"type":"module"}')
}, 120_000)

const routesSchema = z.object({
  routes: z.object({ package: z.object({ files: z.number() }) }),
  failed: z.array(z.unknown()),
})

test('the native modules are found beside the bundle', () => {
  const require = createRequire(program)
  for (const name of ['koffi', '@napi-rs/keyring']) {
    expect(require.resolve(name).startsWith(app)).toBe(true)
    require(name)
  }
})

test('the packed app has its practice tenant and migrates by both routes', { timeout: 120_000 }, async () => {
  for (let index = 0; index < 20; index++) workspace.file(`source/file ${index}.txt`, `content ${index}`)
  const tenant = begin(
    ['tenant', 'start', '--foreground', '--json', '--data', path.join(workspace.path, 'tenant'), '--port', '0'],
    {
      program,
    },
  )
  try {
    const [, connectionFile = ''] = await until(tenant, 'stdout', /"connectionFile":"([^"]+)"/)
    expect(await run(['connect', '--connection', connectionFile, '--work-dir', work], { program })).toMatchObject({ exitCode: 0 })
    for (const route of ['package', 'session']) {
      const to = ['--to', FINANCE, '--library', 'Documents', '--folder', route, '--route', route]
      const added = await run(['task', 'add', path.join(workspace.path, 'source'), ...to, '--work-dir', work, '--json'], {
        program,
      })
      expect(added).toMatchObject({ exitCode: 0 })
      const { id } = z.object({ id: z.string() }).parse(documents(added)[0])
      expect(await run(['agent', 'run', '--once', '--work-dir', work, '--json'], { program })).toMatchObject({ exitCode: 0 })
      const verified = await run(['verify', id, '--work-dir', work, '--json'], { program })
      const { routes, failed } = routesSchema.parse(documents(verified)[0])
      expect([routes.package.files, failed]).toEqual([route === 'package' ? 20 : 0, []])
    }
  } finally {
    tenant.child.kill('SIGTERM')
    await tenant.ended
  }
})
