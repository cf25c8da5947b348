// The layer rules of docs/ARCHITECTURE.md. `npm test` fails when one is broken or when nothing was checked.
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.tsx?$' },
  to: { pathNot: allowed },
})

const npm = (names) => `^node_modules/(${names.join('|')})(/|$)`

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '\\.test\\.tsx?$',
          '\\.d\\.ts$',
          '\\.config\\.ts$',
          '^scripts/',
          '^bench/',
          '^e2e/',
          '^src/main/adapters/.*Worker\\.ts$',
        ],
      },
      to: {},
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^electron$' } },
    only('shared-imports-zod-only', '^src/shared/', ['^src/shared/', npm(['zod'])], 'shared runs anywhere'),
    only(
      'engine-is-pure',
      '^src/main/engine/',
      ['^src/main/engine/', '^src/shared/', '^src/abort'],
      'the engine knows ports only',
    ),
    {
      name: 'adapters-know-ports-and-throttle',
      severity: 'error',
      from: { path: '^src/main/adapters/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/main/adapters/', '^src/main/engine/(ports|throttle)/', '^src/shared/'] },
    },
    {
      name: 'host-knows-no-transport',
      severity: 'error',
      from: { path: '^src/main/host/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/main/(host|adapters|engine)/', '^src/shared/'] },
    },
    {
      name: 'headless-starts-host-and-practice-tenant',
      severity: 'error',
      from: { path: '^src/main/headless/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/main/(headless|host)/', '^src/shared/', '^src/simulator/index\\.ts$'] },
    },
    {
      name: 'electron-shell-knows-host-only',
      severity: 'error',
      from: { path: '^src/main/(electron/|index\\.ts)', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/main/(electron|host)/', '^src/main/index\\.ts$', '^src/shared/'] },
    },
    {
      name: 'electron-only-in-the-shell',
      severity: 'error',
      from: { pathNot: ['^src/main/electron/', '^src/main/index\\.ts$', '^src/preload/', '\\.test\\.ts$'] },
      to: { path: ['^node_modules/electron(/|$)', '^electron$', '^node_modules/electron-store'] },
    },
    {
      name: 'preload-is-tiny',
      severity: 'error',
      from: { path: '^src/preload/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['^src/preload/', '^src/shared/contract/', '^electron$', '^node_modules/electron/'] },
    },
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: '^src/renderer/', pathNot: '\\.test\\.tsx?$' },
      to: { path: ['^src/main/', '^src/simulator/', '^src/preload/', '^node:'] },
    },
    {
      name: 'renderer-has-no-node-core',
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'practice-tenant-stands-alone',
      comment: 'It shares no code with the client but units, or our bugs would pass our tests.',
      severity: 'error',
      from: { path: '^src/simulator/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/simulator/', '^src/shared/units\\.ts$'] },
    },
    {
      name: 'client-does-not-know-the-practice-tenant',
      severity: 'error',
      from: { path: '^src/(shared|renderer|preload|main/(engine|adapters|host|electron|index))', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^src/simulator/' },
    },
    {
      name: 'engine-has-no-node-core',
      severity: 'error',
      from: { path: '^src/(shared|main/engine)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'tests-are-leaves',
      severity: 'error',
      from: { pathNot: ['\\.test\\.tsx?$', '^e2e/', '^bench/'] },
      to: { path: ['\\.test\\.tsx?$', '^e2e/', '^bench/'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
