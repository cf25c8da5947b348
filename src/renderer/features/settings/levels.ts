import { defaultTaskSettings, type TaskSettings } from '../../../shared/domain/settings.ts'

export type SettingName = keyof TaskSettings

export const LEVELS = ['product', 'project', 'task'] as const
export type Level = (typeof LEVELS)[number]

export const LEVEL_LABELS = {
  product: 'Product default',
  project: 'Project default',
  task: 'This task',
} as const satisfies Record<Level, string>

/** What each level says; the later one wins. The product has a word on everything. */
export interface Levels {
  readonly project: Partial<TaskSettings>
  readonly task: Partial<TaskSettings>
}

export interface Effective<Name extends SettingName> {
  readonly value: TaskSettings[Name]
  readonly level: Level
  /** What would hold if this level said nothing; absent when nothing is overridden. */
  readonly instead: { readonly value: TaskSettings[Name]; readonly level: Level } | undefined
}

const PRODUCT = defaultTaskSettings()

/** Which value holds, who said it, and whose word it overrides. */
export function effective<Name extends SettingName>(name: Name, { project, task }: Levels): Effective<Name> {
  const said = [
    ...(Object.hasOwn(task, name) ? [{ value: task[name] as TaskSettings[Name], level: 'task' as const }] : []),
    ...(Object.hasOwn(project, name) ? [{ value: project[name] as TaskSettings[Name], level: 'project' as const }] : []),
    { value: PRODUCT[name], level: 'product' as const },
  ]
  const [first, second] = said
  return { value: first?.value ?? PRODUCT[name], level: first?.level ?? 'product', instead: second }
}

/** A task holds its whole settings and the names of those that were chosen for it; the rest came from above when it was made. */
export function levelsOfTask(settings: TaskSettings, chosen: readonly string[] | undefined): Levels {
  const own = new Set(chosen ?? differing(settings))
  const entries = Object.entries(settings)
  return {
    task: Object.fromEntries(entries.filter(([name]) => own.has(name))),
    project: Object.fromEntries(entries.filter(([name, value]) => !own.has(name) && !isProduct(name, value))),
  }
}

const differing = (settings: TaskSettings): readonly string[] =>
  Object.entries(settings).flatMap(([name, value]) => (isProduct(name, value) ? [] : [name]))

function isProduct(name: string, value: unknown): boolean {
  return JSON.stringify(Object.entries(PRODUCT).find(([known]) => known === name)?.[1]) === JSON.stringify(value)
}

/** Without one name: the level says nothing about it any more. */
export function without(level: Partial<TaskSettings>, name: SettingName): Partial<TaskSettings> {
  return Object.fromEntries(Object.entries(level).filter(([known]) => known !== name))
}
