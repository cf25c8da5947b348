import fs from 'node:fs'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createProgram } from '../src/main/headless/program.ts'
import { errorCatalogue } from '../src/shared/errorCatalogue.ts'

const document = fs.readFileSync(new URL('../docs/cli.md', import.meta.url), 'utf8')
const program = createProgram(() => async () => undefined)

interface Known {
  readonly path: string
  readonly command: Command
}

const actingCommands = (command: Command, path: readonly string[] = []): readonly Known[] =>
  command.commands.length === 0
    ? [{ path: path.join(' '), command }]
    : command.commands.flatMap((inner) => actingCommands(inner, [...path, inner.name()]))

/** `task add` → the text of its section, with that of the option lists which it takes. */
function sectionOf(path: string): string {
  const [group = '', name] = path.split(' ')
  const sections = document.split(/^#{2,3} /m)
  const own = sections.find((section) => {
    const [first = '', ...others] = (section.split('\n')[0] ?? '').replace(/^portage /, '').split(/ · | /)
    return section.startsWith('portage ') && first === group && (name === undefined || others.includes(name))
  })
  expect(own, `docs/cli.md has no section for ${path}`).toBeDefined()
  const shared = /destination and setting options below/.test(own ?? '') ? ['Destination options', 'Setting options'] : []
  return [own, ...sections.filter((section) => shared.some((title) => section.startsWith(title)))].join('\n')
}

const EVERYWHERE = ['--json', '--work-dir <folder>']
const optionsOf = (command: Command) => command.options.map(({ flags }) => flags)

test.each(actingCommands(program))('$path: docs/cli.md names every option', ({ path, command }) => {
  const section = sectionOf(path)
  const options = optionsOf(command)
  expect(options).toEqual(expect.arrayContaining(EVERYWHERE))
  expect(options.filter((option) => !EVERYWHERE.includes(option) && !section.includes(`\`${option}\``))).toEqual([])
  expect(command.helpInformation()).toContain(command.description().slice(0, 20))
})

test('docs/cli.md names no option that no command has', () => {
  const known = ['--help', ...actingCommands(program).flatMap(({ command }) => optionsOf(command))]
  const told = [...document.matchAll(/`(--[a-z-]+(?: <[a-z]+>)?)`/g)].map(([, option = '']) => option)
  expect(told.length).toBeGreaterThan(40)
  expect(told.filter((option) => !known.some((one) => one === option || one.startsWith(`${option} <`)))).toEqual([])
})

test('every exit code that an error can have is told', () => {
  const codes = new Set(Object.values(errorCatalogue).map(({ exitCode }) => exitCode))
  for (const code of codes) expect(document).toMatch(new RegExp(`^\\| ${code} \\| `, 'm'))
})
