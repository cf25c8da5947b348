import path from 'node:path'
import { defineConfig } from '@playwright/test'

const isRoot = process.getuid?.() === 0

export default defineConfig({
  testDir: path.join(import.meta.dirname, 'e2e'),
  testMatch: '*.spec.ts',
  outputDir: path.join(import.meta.dirname, 'test-results'),
  // One host and one practice tenant at a time: the machines that run this are small.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  reporter: 'list',
  use: {
    actionTimeout: 20_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      ...(process.env.CHROME_PATH ? { executablePath: process.env.CHROME_PATH } : {}),
      // Chromium does not start its sandbox for root.
      args: isRoot ? ['--no-sandbox'] : [],
    },
  },
})
