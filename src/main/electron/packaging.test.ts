import { createRequire } from 'node:module'
import path from 'node:path'
import { expect, test } from 'vitest'

interface BuilderConfig {
  getConfig(projectDir: string, configPath: string, options: null): Promise<Record<string, unknown>>
  validateConfiguration(config: Record<string, unknown>, logger: unknown): Promise<void>
}

const root = path.resolve(import.meta.dirname, '../../..')
// The builder's own library, reached through it: it is no dependency of ours.
const ofBuilder = createRequire(createRequire(import.meta.url).resolve('electron-builder/package.json'))
const builder = ofBuilder('app-builder-lib/out/util/config/config.js') as BuilderConfig
const { DebugLogger } = createRequire(ofBuilder.resolve('app-builder-lib/package.json'))('builder-util') as {
  DebugLogger: new (isEnabled: boolean) => unknown
}
const read = () => builder.getConfig(root, path.join(root, 'electron-builder.yml'), null)

test('the packaging configuration is one that electron-builder accepts', async () => {
  await builder.validateConfiguration(await read(), new DebugLogger(false))
})

test('the check can fail', async () => {
  await expect(builder.validateConfiguration({ ...(await read()), nsiss: {} }, new DebugLogger(false))).rejects.toThrow('nsiss')
})

test('nothing but the bundle is packed, and the packed app runs nothing but itself', async () => {
  const config = await read()
  expect(config.asarUnpack).toEqual(['dist/node_modules/**'])
  expect(config.files).toEqual([{ filter: ['dist/**', 'package.json', '!node_modules/**'] }])
  expect(config.electronFuses).toMatchObject({
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    onlyLoadAppFromAsar: true,
    enableEmbeddedAsarIntegrityValidation: true,
  })
})
