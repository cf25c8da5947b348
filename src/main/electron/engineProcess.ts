// Entry of the engine's own process: a busy engine never freezes the window.
import type {} from 'electron'
import { openApp } from '../host/openApp.ts'
import { serveShell } from './engineSide.ts'

const { parentPort } = process
serveShell(
  {
    send: (message) => parentPort.postMessage(message),
    listen: (onMessage) => parentPort.on('message', ({ data }) => onMessage(data)),
  },
  { openApp, log: (line) => process.stderr.write(line), onStopped: () => process.exit(0) },
)
