import readline from 'node:readline'
import { Writable } from 'node:stream'

/** Longer than any password; whoever pipes a whole file in is told soon. */
const INPUT_MAX_BYTES = 4096

/** Asks at the terminal without showing what is typed; without a terminal the first line of stdin is the answer. '' = none was given. */
export async function askSecret(question: string, signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY) return await firstLine(signal)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = readline.createInterface({ input: process.stdin, output: silent, terminal: true })
  process.stderr.write(question)
  try {
    return await new Promise<string>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      terminal.once('close', () => resolve(''))
      terminal.question('', resolve)
    })
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}

async function firstLine(signal: AbortSignal): Promise<string> {
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) {
    signal.throwIfAborted()
    text += String(chunk)
    if (text.includes('\n') || text.length > INPUT_MAX_BYTES) break
  }
  return text.split(/\r?\n/)[0] ?? ''
}
