import { useCallback, useMemo, useRef, useState } from 'react'
import type { WireError } from '../../../shared/errors.ts'

/** One page of the content of a node. */
export type Page<T> = { readonly nodes: readonly T[]; readonly cursor?: string | undefined } | { readonly error: WireError }

interface Branch<T> {
  readonly nodes: readonly T[]
  readonly cursor: string | undefined
  readonly isBusy: boolean
  readonly error: WireError | undefined
}

/** A line of the tree: a node, or what stands in the place of its content. */
export type Line<T> =
  | {
      readonly kind: 'node'
      readonly key: string
      readonly level: number
      readonly node: T
      readonly isExpanded: boolean
      readonly isBusy: boolean
    }
  | { readonly kind: 'empty' | 'more'; readonly key: string; readonly level: number; readonly branch: string }
  | { readonly kind: 'error'; readonly key: string; readonly level: number; readonly branch: string; readonly error: WireError }

/** The branch that holds the nodes at the top. */
export const TOP = ''

/** A tree that reads what is below a node when the node is opened, page by page. */
export function useLazyTree<T>(options: {
  readonly keyOf: (node: T) => string
  /** `node` undefined: the top. Never rejects. */
  readonly load: (node: T | undefined, cursor: string | undefined) => Promise<Page<T>>
}) {
  const [branches, setBranches] = useState<ReadonlyMap<string, Branch<T>>>(new Map())
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const latest = useRef(options)
  latest.current = options
  const generation = useRef(0)

  const put = useCallback((key: string, change: (before: Branch<T> | undefined) => Branch<T>) => {
    setBranches((current) => new Map(current).set(key, change(current.get(key))))
  }, [])

  const read = useCallback(
    async (node: T | undefined, key: string, cursor?: string): Promise<void> => {
      const started = generation.current
      put(key, (before) => ({ nodes: before?.nodes ?? [], cursor: undefined, isBusy: true, error: undefined }))
      const page = await latest.current.load(node, cursor)
      if (generation.current !== started) return
      put(key, (before) => {
        const kept = before?.nodes ?? []
        if ('error' in page) return { nodes: kept, cursor, isBusy: false, error: page.error }
        return {
          nodes: cursor === undefined ? page.nodes : [...kept, ...page.nodes],
          cursor: page.cursor,
          isBusy: false,
          error: undefined,
        }
      })
    },
    [put],
  )

  const reload = useCallback(() => {
    generation.current += 1
    setBranches(new Map())
    setOpen(new Set())
    void read(undefined, TOP)
  }, [read])

  const byKey = useMemo(() => {
    const found = new Map<string, T>()
    for (const branch of branches.values()) for (const node of branch.nodes) found.set(options.keyOf(node), node)
    return found
  }, [branches, options.keyOf])

  function toggle(key: string): void {
    const isOpening = !open.has(key)
    setOpen((current) => {
      const next = new Set(current)
      if (!next.delete(key)) next.add(key)
      return next
    })
    const branch = branches.get(key)
    if (isOpening && (!branch || branch.error)) void read(byKey.get(key), key)
  }

  /** Of a branch: the next page, or once more what failed. */
  function more(key: string): void {
    void read(byKey.get(key), key, branches.get(key)?.cursor)
  }

  /** A node that nobody had to read: typed, dropped, or to be made. */
  function add(parent: string, node: T): void {
    const key = options.keyOf(node)
    put(parent, (before) => ({
      cursor: before?.cursor,
      isBusy: false,
      error: undefined,
      nodes: [node, ...(before?.nodes ?? []).filter((one) => options.keyOf(one) !== key)],
    }))
    if (parent !== TOP) setOpen((current) => new Set(current).add(parent))
  }

  const lines: Line<T>[] = []
  const walk = (branchKey: string, level: number): void => {
    const branch = branches.get(branchKey)
    if (!branch) return
    for (const node of branch.nodes) {
      const key = options.keyOf(node)
      const isExpanded = open.has(key)
      lines.push({ kind: 'node', key, level, node, isExpanded, isBusy: isExpanded && branches.get(key)?.isBusy === true })
      if (isExpanded) walk(key, level + 1)
    }
    if (branch.error) lines.push({ kind: 'error', key: `${branchKey}\nerror`, level, branch: branchKey, error: branch.error })
    else if (branch.cursor !== undefined) lines.push({ kind: 'more', key: `${branchKey}\nmore`, level, branch: branchKey })
    else if (branch.nodes.length === 0 && !branch.isBusy)
      lines.push({ kind: 'empty', key: `${branchKey}\nempty`, level, branch: branchKey })
  }
  walk(TOP, 1)

  return { lines, byKey, isReading: branches.get(TOP)?.isBusy === true, reload, toggle, more, add }
}
