import type { WriteStream } from 'node:tty'

/** Steps on lines of their own; progress of the agents on lines that overwrite each other on a terminal. Silent without a stream. */
export interface Display {
  step(text: string): void
  progress(source: string, text: string): void
  end(): void
}

const PLAIN_EVERY_MS = 5000

export function createDisplay(stream: WriteStream | (NodeJS.WriteStream & { isTTY?: boolean }) | undefined): Display {
  const latest = new Map<string, string>()
  let shownLines = 0
  let plainAtMs = 0

  function clear(): void {
    if (stream?.isTTY && shownLines > 0) stream.write(`\x1b[${shownLines}A\x1b[J`)
    shownLines = 0
  }

  return {
    step(text) {
      clear()
      latest.clear()
      stream?.write(`› ${text}\n`)
    },
    progress(source, text) {
      latest.set(source, text)
      if (stream?.isTTY) {
        clear()
        const width = Math.max((stream.columns ?? 80) - 4, 20)
        for (const line of latest.values()) stream.write(`  ${line.slice(0, width)}\n`)
        shownLines = latest.size
      } else if (Date.now() - plainAtMs >= PLAIN_EVERY_MS) {
        plainAtMs = Date.now()
        stream?.write(`  ${text}\n`)
      }
    },
    end: clear,
  }
}
