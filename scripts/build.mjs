// Builds main, preload and renderer, or only those named.
import { build } from 'vite'
import { root } from './run.mjs'

const modes = process.argv.length > 2 ? process.argv.slice(2) : ['main', 'preload', 'renderer']
for (const mode of modes) {
  await build({ configFile: `${root}/vite.config.ts`, mode, logLevel: 'warn' })
  console.error(`build: dist/${mode}`)
}
