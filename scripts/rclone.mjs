// Prints where rclone is, as {"path"} or {"reason"}: the client of somebody else that reads a migrated library back. On Debian as root it is installed.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { installDebianPackages } from './browser.mjs'

function findRclone() {
  const asked = process.env.RCLONE_PATH
  if (asked) return fs.existsSync(asked) ? asked : undefined
  const found = spawnSync('rclone', ['version'], { stdio: 'ignore' })
  return found.status === 0 ? 'rclone' : undefined
}

const present = findRclone()
const problem = present ? undefined : installDebianPackages(['rclone'])
const path = present ?? findRclone()
console.log(JSON.stringify(path ? { path } : { reason: `no rclone found; ${problem ?? 'it did not install'}` }))
