#!/usr/bin/env node
import path from 'node:path'
import { replaceWith, root } from '../scripts/run.mjs'

replaceWith([path.join(root, 'src/main/headless/cli.ts'), ...process.argv.slice(2)])
