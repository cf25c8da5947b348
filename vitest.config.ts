import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'e2e/**/*.test.ts'],
    globalSetup: ['src/simulator/testing/sharedKeys.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Many tests wait for processes and sockets: three at a time use two cores better than two.
    maxWorkers: availableParallelism() + 1,
    // CI's machines are shared: a test of processes and sockets gets a second try there, and the report shows that it needed one.
    retry: process.env.CI ? 1 : 0,
  },
})
