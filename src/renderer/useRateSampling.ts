import { useEffect } from 'react'
import { SECOND_MS } from '../shared/units.ts'
import { useApp } from './store/store.ts'

const EVERY_MS = 5 * SECOND_MS
/** The first points come sooner, so that a chart has a line when somebody looks. */
const FIRST_MS = 2 * SECOND_MS

/** Notes the throughput as long as this window is open, whatever screen it shows. */
export function useRateSampling(): void {
  const noteRate = useApp((state) => state.noteRate)
  useEffect(() => {
    const note = () => noteRate(Date.now())
    const soon = setTimeout(note, FIRST_MS)
    const again = setInterval(note, EVERY_MS)
    note()
    return () => {
      clearTimeout(soon)
      clearInterval(again)
    }
  }, [noteRate])
}
