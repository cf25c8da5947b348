import type { Journal } from '../ports/journal.ts'
import { MemoryDestination } from './memoryDestination.ts'
import { MemorySource } from './memorySource.ts'

const large = new Uint8Array(10 * 1024 * 1024 + 5)
for (let index = 0; index < large.length; index += 1000) large[index] = index % 251

/** A little of everything that travels differently, for rounds that are cut off at every moment. */
export function smallTree(): MemorySource {
  return new MemorySource()
    .put('a.txt', 'alpha')
    .put('A.TXT', 'twin')
    .put('docs/b.txt', 'beta')
    .put('docs/c.docx', 'an office file')
    .put('docs/empty', '')
    .put('docs/deep/large.bin', large)
    .put('old.txt', 'fresh')
}

/** Rewrites office files; unless the place is new it has an older file of ours. */
export function smallLibrary({ isPlaceNew }: { readonly isPlaceNew: boolean }): MemoryDestination {
  const destination = new MemoryDestination({ isPlaceNew })
  if (!isPlaceNew) destination.seed('old.txt', 'ancient', Date.UTC(2019, 0, 1))
  destination.rewrite = (name, bytes) => (name.endsWith('.docx') && bytes.length > 0 ? new Uint8Array([...bytes, 42]) : bytes)
  return destination
}

/** What must be the same whatever happened on the way; `contentCount` shows anything that was stored twice. */
export function endState(journal: Journal, destination: MemoryDestination): unknown {
  const items = journal.items({ afterId: 0, limit: 100 })
  return {
    status: journal.meta().status,
    items: items.map(({ relPath, destName, state, verdict }) => [relPath, destName, state, verdict]).sort(),
    stored: [...destination.nodes.values()]
      .map((node) => [destination.pathOf(node), node.bytes.length, node.contentCount, node.times.modifiedMs])
      .sort(),
  }
}
