/** Ctrl-C once: finish what is in flight. Twice, or SIGTERM: stop now. Both leave a journal to go on from. */
export interface Stops {
  readonly drain: AbortSignal
  readonly drop: AbortSignal
  dispose(): void
}

export function createStops(): Stops {
  const drain = new AbortController()
  const drop = new AbortController()
  const onInterrupt = () => {
    if (drain.signal.aborted) drop.abort('interrupted')
    else {
      drain.abort('interrupted')
      process.stderr.write('Stopping after the files in flight. Press Ctrl-C again to stop now.\n')
    }
  }
  const onTerminate = () => {
    drain.abort('terminated')
    drop.abort('terminated')
  }
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onTerminate)
  return {
    drain: drain.signal,
    drop: drop.signal,
    dispose() {
      process.off('SIGINT', onInterrupt)
      process.off('SIGTERM', onTerminate)
    },
  }
}
