import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { startTenantServer } from '../tenantServer.ts'
import { KEYS_VARIABLE } from './testTenant.ts'

/** Before the tests of a run: makes the keys that all their tenants share. The answer removes them afterwards. */
export default async function setup(): Promise<() => void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-test-keys-'))
  const server = await startTenantServer({ keysDir: folder })
  await server.close()
  process.env[KEYS_VARIABLE] = folder
  return () => fs.rmSync(folder, { recursive: true, force: true })
}
