import path from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type UserConfig } from 'vite'

const root = import.meta.dirname

/** Electron 45 carries this major of Chromium or a newer one; the headless host is opened in current browsers. */
const BROWSERS = ['chrome140', 'edge140', 'firefox140', 'safari18']

const LEFT_OUT: Readonly<Record<string, string>> = {
  sequelize: 'module.exports = { Model: class {}, Op: {} }',
  applicationinsights: 'module.exports = {}',
}

/** Everything is bundled but Electron itself, Node's own modules and the two native ones, which scripts/nativeModules.mjs lays beside. */
const main: UserConfig = {
  build: {
    ssr: true,
    outDir: path.join(root, 'dist/main'),
    emptyOutDir: true,
    target: 'node24',
    minify: false,
    rollupOptions: {
      input: {
        index: path.join(root, 'src/main/index.ts'),
        engineProcess: path.join(root, 'src/main/electron/engineProcess.ts'),
        cipherWorker: path.join(root, 'src/main/adapters/blob/cipherWorker.ts'),
        journalCopyWorker: path.join(root, 'src/main/adapters/sqlite/journalCopyWorker.ts'),
        smbWorker: path.join(root, 'src/main/adapters/smb/smbWorker.ts'),
        walkWorker: path.join(root, 'src/main/adapters/fileshare/walkWorker.ts'),
        portage: path.join(root, 'src/main/headless/cli.ts'),
      },
      external: ['electron', '@napi-rs/keyring', 'koffi'],
      // All in one folder: what is found beside its caller in the sources is found there in the bundle.
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', format: 'es' },
    },
  },
  ssr: { noExternal: true, external: ['electron', '@napi-rs/keyring', 'koffi'] },
}

/** The blob storage of the practice tenant, whole: in files, so without the databases and the telemetry that it could use. */
const practice: UserConfig = {
  plugins: [
    {
      name: 'left-out',
      enforce: 'pre',
      resolveId: (id) => (id in LEFT_OUT ? `\0${id}` : undefined),
      load: (id) => LEFT_OUT[id.slice(1)],
    },
  ],
  build: {
    ssr: true,
    outDir: path.join(root, 'dist/main'),
    emptyOutDir: false,
    target: 'node24',
    minify: false,
    rollupOptions: {
      input: path.join(root, 'node_modules/azurite/dist/src/blob/main.js'),
      output: { entryFileNames: 'azurite.cjs', format: 'cjs', codeSplitting: false },
      onwarn: () => undefined,
    },
  },
  ssr: { noExternal: true },
}

/** A sandboxed preload script must be one CommonJS file. */
const preload: UserConfig = {
  build: {
    outDir: path.join(root, 'dist/preload'),
    emptyOutDir: true,
    target: 'node24',
    minify: false,
    lib: { entry: path.join(root, 'src/preload/index.ts'), formats: ['cjs'], fileName: () => 'index.cjs' },
    rollupOptions: { external: ['electron'] },
  },
}

const renderer: UserConfig = {
  root: path.join(root, 'src/renderer'),
  base: './',
  plugins: [react()],
  build: {
    outDir: path.join(root, 'dist/renderer'),
    emptyOutDir: true,
    target: BROWSERS,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
}

export default defineConfig(({ mode }) => {
  const targets: Readonly<Record<string, UserConfig>> = { main, practice, preload, renderer }
  const target = targets[mode]
  if (!target) throw new Error(`vite: --mode is "${mode}"; it must be one of ${Object.keys(targets).join(', ')}.`)
  return target
})
