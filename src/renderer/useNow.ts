import { useEffect, useState } from 'react'
import { SECOND_MS } from '../shared/units.ts'

/** The moment, again and again, for words like "3 min ago". */
export function useNow(everyMs = 10 * SECOND_MS): number {
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    const again = setInterval(() => setNowMs(Date.now()), everyMs)
    return () => clearInterval(again)
  }, [everyMs])
  return nowMs
}
