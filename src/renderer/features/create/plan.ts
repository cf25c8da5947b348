import type { CommandRequest } from '../../../shared/contract/commands.ts'
import type { TaskSchedule } from '../../../shared/domain/schedule.ts'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import { type DestinationSpec, describeDestination } from '../../../shared/domain/task.ts'
import { DEFAULT_GROUP, type Priority } from '../../../shared/domain/taskRank.ts'

export type TaskDraftRequest = CommandRequest<'tasks.add'>['draft']

/** One migration in the making: which folder goes where, before anything is a task. */
export interface Pair {
  readonly id: string
  readonly path: string
  /** What it was dropped on. */
  readonly onto: DestinationSpec
  /** For people: names of what ids name in `onto`. */
  readonly ontoTitle: string
  /** Its content goes into a folder of its own name below `onto`. */
  readonly hasOwnFolder: boolean
  readonly name: string
  readonly scanId?: string | undefined
}

/** Last part of a path of any system. */
export function lastPart(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path
}

/** Where the content ends up. */
export function destinationOf({ path, onto, hasOwnFolder }: Pair): DestinationSpec {
  if (!hasOwnFolder) return onto
  return { ...onto, folder: onto.folder === '' ? lastPart(path) : `${onto.folder}/${lastPart(path)}` }
}

/** Contents of two sources never mix by accident: as soon as two go to one place, each gets a folder of its own. */
export function addPairs(
  pairs: readonly Pair[],
  added: { readonly paths: readonly string[]; readonly onto: DestinationSpec; readonly ontoTitle: string },
): readonly Pair[] {
  const place = describeDestination(added.onto)
  const isThere = (path: string) => pairs.some((pair) => pair.path === path && describeDestination(pair.onto) === place)
  const fresh = [...new Set(added.paths)].filter((path) => !isThere(path))
  const company = pairs.filter(({ onto }) => describeDestination(onto) === place)
  const isShared = fresh.length + company.length > 1
  const kept = isShared
    ? pairs.map((pair) => (company.includes(pair) ? { ...pair, hasOwnFolder: true, scanId: undefined } : pair))
    : pairs
  return [
    ...kept,
    ...fresh.map((path) => ({
      id: `${path}\n${place}`,
      path,
      onto: added.onto,
      ontoTitle: added.ontoTitle,
      hasOwnFolder: isShared,
      name: lastPart(path).slice(0, 255),
    })),
  ]
}

/** Pairs whose content would land in the same place as another's, by their ids. */
export function clashing(pairs: readonly Pair[]): ReadonlySet<string> {
  const byPlace = new Map<string, string[]>()
  for (const pair of pairs) {
    const place = describeDestination(destinationOf(pair)).toLowerCase()
    byPlace.set(place, [...(byPlace.get(place) ?? []), pair.id])
  }
  return new Set([...byPlace.values()].filter((ids) => ids.length > 1).flat())
}

export function draftOf(
  pair: Pair,
  options: {
    readonly tags: readonly string[]
    readonly settings: Partial<TaskSettings>
    readonly rank: { readonly group: string; readonly priority: Priority }
    readonly schedule: TaskSchedule | undefined
  },
): TaskDraftRequest {
  const group = options.rank.group.trim()
  const { priority } = options.rank
  return {
    source: { kind: 'fileShare', path: pair.path },
    destination: destinationOf(pair),
    name: pair.name.trim() === '' ? lastPart(pair.path) : pair.name.trim(),
    ...(Object.keys(options.settings).length === 0 ? {} : { settings: options.settings }),
    ...(options.tags.length === 0 ? {} : { tags: [...options.tags] }),
    ...(group === DEFAULT_GROUP ? {} : { group }),
    ...(priority === 'normal' ? {} : { priority }),
    ...(options.schedule === undefined ? {} : { schedule: options.schedule }),
  }
}

/** `a; b;; a` → a, b: as Migration Manager writes tags. */
export function tagsOf(text: string): readonly string[] {
  return [...new Set(text.split(/[;,]/).map((tag) => tag.trim()))].filter((tag) => tag !== '')
}
