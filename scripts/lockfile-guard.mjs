// A lockfile written where some platforms' binary packages are out of sight installs only here. Fails when one is missing.
import fs from 'node:fs'
import path from 'node:path'
import { root } from './run.mjs'

const { packages } = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'))
const missing = []
let checked = 0
for (const [place, entry] of Object.entries(packages)) {
  if (entry.resolved && !entry.link) missing.push(`${place}: carries a download address`)
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    checked++
    let folder = place
    let isFound = false
    for (;;) {
      if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]) isFound = true
      if (isFound || folder === '') break
      const cut = folder.lastIndexOf('node_modules/')
      folder = cut <= 0 ? '' : folder.slice(0, cut - 1)
    }
    if (!isFound) missing.push(`${place || 'package.json'}: ${name} is not in the lockfile`)
  }
}
for (const line of missing) console.error(`lockfile: ${line}`)
console.error(`lockfile: ${checked} optional packages checked, ${missing.length} problems`)
process.exit(missing.length === 0 && checked > 0 ? 0 : 1)
