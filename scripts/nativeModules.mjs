// Lays the native modules beside the bundles, where those look first; for every system and processor that is installed.
import fs from 'node:fs'
import path from 'node:path'
import { root } from './run.mjs'

const FAMILIES = [
  { module: 'koffi', scope: '@koromix', platform: /^koffi-/ },
  { module: '@napi-rs/keyring', scope: '@napi-rs', platform: /^keyring-/ },
]
/** A module that loads the program of its platform; what it was built from stays behind. */
const LOADER = /\.(c?js|json)$|^LICENSE/

const from = path.join(root, 'node_modules')

/** `to`: node_modules of the built app, made anew. */
export function layNativeModules(to) {
  fs.rmSync(to, { recursive: true, force: true })
  for (const { module, scope, platform } of FAMILIES) {
    const folder = path.join(from, module)
    for (const file of fs.readdirSync(folder, { recursive: true }))
      if (LOADER.test(path.basename(file)) && !file.startsWith('doc') && !file.startsWith('vendor'))
        fs.cpSync(path.join(folder, file), path.join(to, module, file))
    const platforms = fs.readdirSync(path.join(from, scope)).filter((name) => platform.test(name))
    if (platforms.length === 0) throw new Error(`No program of ${module} is installed for this system. Run "npm ci".`)
    for (const name of platforms) fs.cpSync(path.join(from, scope, name), path.join(to, scope, name), { recursive: true })
  }
}
