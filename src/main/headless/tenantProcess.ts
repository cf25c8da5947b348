import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { writeWhole } from '../host/workFolder.ts'

const recordSchema = z.object({ pid: z.number().int().positive(), port: z.number().int().positive(), dataDir: z.string() })
export type RunningTenantRecord = z.infer<typeof recordSchema>

const STOP_WAIT_MS = 10_000
const STOP_POLL_MS = 50

function registryFolder(): string {
  return path.join(os.tmpdir(), `portage-tenants-${os.userInfo().username}`)
}

/** Remembers a running practice tenant, so that `tenant stop` and `tenant token` find it. */
export function recordTenant(record: RunningTenantRecord): { remove(): void } {
  fs.mkdirSync(registryFolder(), { recursive: true, mode: 0o700 })
  const file = path.join(registryFolder(), `${record.port}.json`)
  writeWhole(file, JSON.stringify(record))
  return {
    remove() {
      fs.rmSync(file, { force: true })
    },
  }
}

/** Those whose process lives; records of dead ones are removed on the way. */
export function runningTenants(): readonly RunningTenantRecord[] {
  if (!fs.existsSync(registryFolder())) return []
  return fs.readdirSync(registryFolder()).flatMap((name) => {
    const file = path.join(registryFolder(), name)
    const record = recordSchema.safeParse(JSON.parse(fs.readFileSync(file, 'utf8'))).data
    if (record && isAlive(record.pid)) return [record]
    fs.rmSync(file, { force: true })
    return []
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Ends the process by its id and waits until it is gone. */
export async function stopTenant(record: RunningTenantRecord): Promise<void> {
  process.kill(record.pid, 'SIGTERM')
  for (let waitedMs = 0; waitedMs < STOP_WAIT_MS && isAlive(record.pid); waitedMs += STOP_POLL_MS) {
    await new Promise((resolve) => setTimeout(resolve, STOP_POLL_MS))
  }
  if (isAlive(record.pid)) process.kill(record.pid, 'SIGKILL')
  runningTenants()
}
