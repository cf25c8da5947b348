import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { DAY_MS, KIB, MIB } from '../../../shared/units.ts'
import { createSampleRandom, type SampleRandom, samplePdf, samplePng, sampleText } from './sampleBytes.ts'
import { type HeldLock, holdWriterLock } from './sampleLock.ts'
import { presentation, wordDocument, workbook } from './sampleOffice.ts'

export interface SampleShare {
  /** The share; three folders at its top. */
  readonly path: string
  /** What it holds and why, one sentence each; also what this system could not be given. */
  readonly description: readonly string[]
  /** Must be closed, or the process that holds the lock stays as long as this one. */
  readonly lock: HeldLock
}

const OLDEST_MS = Date.UTC(1996, 2, 1)
const NEWEST_MS = Date.UTC(2024, 10, 30)
/** Before 1980, where some tools and services refuse a time. */
const ANCIENT_MS = Date.UTC(1974, 5, 1)
/** Sites count names from behind the host: `sites/projects/Shared Documents/…`. */
const PATH_CHARACTERS_MAX = 400

/**
 * Writes a share as it looks after twenty years: about 300 files and 20 MiB of real Office files, PDFs and pictures, and one of everything
 * that makes migrations fail. The same seed gives the same names and bytes. `folder` is created and must be new or empty.
 */
export async function writeSampleShare(folder: string, seed: number): Promise<SampleShare> {
  const share = new SampleWriter(folder, createSampleRandom(seed))
  writeFinance(share)
  writeProjects(share)
  writeArchive(share)
  writeBadNames(share)
  writeLinksAndSpecials(share)
  writeUnreadable(share)
  const held = await holdWriterLock(
    share.file('Finance/Payroll/Payroll 2024 (open in Excel).xlsx', workbook([['Name', 'Salary']])),
  )
  const lock = typeof held === 'string' ? { close: () => undefined } : held
  share.tell(typeof held === 'string' ? held : 'One workbook is locked for writing by another program.')
  share.dateFolders()
  return { path: folder, description: share.description(), lock }
}

function writeFinance(share: SampleWriter): void {
  for (const year of [2019, 2020, 2021, 2022, 2023]) {
    for (const quarter of ['Q1', 'Q2', 'Q3', 'Q4']) {
      for (let number = 1; number <= 6; number++) {
        const name = `Invoice ${year}-${quarter}-${String(number).padStart(4, '0')}`
        share.file(
          `Finance/Invoices/${year}/${quarter}/${name}.pdf`,
          samplePdf(name, share.random.bytes(share.random.integer(2, 40) * KIB)),
        )
      }
    }
    share.file(`Finance/Budgets/Budget ${year}.xlsx`, workbook(sampleRows(share.random, 400)))
  }
  for (const name of [
    "O'Brien & Sons; offer (final) #2 100%.docx",
    'Plan [v1] {draft} = ok + done @home.docx',
    'Ledger ~ 2020, part 1!.docx',
  ]) {
    share.file(`Finance/Contracts/${name}`, wordDocument([sampleText(share.random, 300)]))
  }
}

function writeProjects(share: SampleWriter): void {
  for (const project of ['Alpha', 'Bridge', 'Comet', 'Delta']) {
    for (let number = 1; number <= 12; number++) {
      share.file(
        `Projects/${project}/Minutes/Minutes ${number}.docx`,
        wordDocument([`${project} ${number}`, sampleText(share.random, 500)]),
      )
    }
    share.file(`Projects/${project}/${project} kick-off.pptx`, presentation([project, 'Goals', 'Who does what']))
    share.file(`Projects/${project}/Plan/Schedule.xlsx`, workbook(sampleRows(share.random, 60)))
    for (let number = 1; number <= 8; number++) {
      share.file(
        `Projects/${project}/Logs/run-${number}.log`,
        Buffer.from(sampleText(share.random, share.random.integer(20, 4000))),
      )
    }
  }
  share.file('Projects/Bridge/Survey/site scan.bin', share.random.bytes(9 * MIB + 12_345))
  share.file(
    `Projects/Comet/${'A very long file name that somebody typed in one go '.repeat(4).trim()}.docx`,
    wordDocument(['long']),
  )
  const level = 'Subcontractor correspondence and attachments'
  const deep = (levels: number): string =>
    `Projects/Delta/${Array.from({ length: levels }, (_, at) => `${level} ${at + 1}`).join('/')}`
  share.file(`${deep(7)}/just fits.txt`, Buffer.from('The path of this file is just short enough.'))
  share.file(`${deep(9)}/too deep.txt`, Buffer.from(`The path of this file has more than ${PATH_CHARACTERS_MAX} characters.`))
  share.tell(`One path stays just below ${PATH_CHARACTERS_MAX} characters, one is longer; one name has over 200.`)
}

function writeArchive(share: SampleWriter): void {
  for (let number = 1; number <= 40; number++) {
    share.file(`Team archive/Photos/IMG_${4000 + number}.png`, samplePng(share.random, share.random.integer(16, 220)))
  }
  const names = [
    'Übersicht für Zoë',
    '報告書 最終版',
    '계획 2023',
    'Отчёт за год',
    'تقرير سنوي',
    'דוח שנתי',
    '🚀 launch 🗂️',
    'Ελληνικά',
    'e\u0301tude (NFD)',
    'étude (NFC)',
  ]
  for (const name of names) {
    share.file(`Team archive/World/${name}.docx`, wordDocument([name, sampleText(share.random, 80)]))
    share.file(`Team archive/World/${name}/notes.txt`, Buffer.from(`${name}\n${sampleText(share.random, 40)}`))
  }
  share.tell('Names in many scripts, composed and decomposed, right to left, with emoji.')
  for (const name of ['placeholder.txt', 'empty.docx', 'Thumbs.db']) share.file(`Team archive/Empty/${name}`, new Uint8Array(0))
  share.folder('Team archive/Empty/Nothing here/Nor here')
  share.tell('Three empty files, and folders with nothing in them.')
  share.file('Team archive/Old/dawn of time.txt', Buffer.from('Older than most file systems.'), ANCIENT_MS)
  share.tell('Times from 1974 to 2024, on files and folders.')
}

function writeBadNames(share: SampleWriter): void {
  const names = [
    'report?.txt',
    ' leading blank.txt',
    'trailing dot.',
    'CON.txt',
    'a_vti_b.txt',
    '~$lock.docx',
    'desktop.ini',
    'what: a "name" <1> | 2.txt',
    'tab\tand\nnewline.txt',
    'back\\slash.txt',
  ]
  for (const name of names) share.file(`Projects/Bad names/${name}`, Buffer.from(`The name of this file was: ${name}`))
  share.file('Projects/Bad names/trailing blank /inside.txt', Buffer.from('The folder around this file has a bad name.'))
  share.tell('Names that SharePoint refuses: forbidden characters, blanks and dots at the ends, reserved words.')
  for (const name of ['A.txt', 'a.txt', 'r\u00E9sum\u00E9.txt', 're\u0301sume\u0301.txt'])
    share.file(`Projects/Twins/${name}`, Buffer.from(`This is ${name}`))
  share.tell('Twins that differ only in case or in Unicode form.')
  share.file(
    Buffer.concat([Buffer.from('Team archive/World/caf'), Buffer.of(0xe9), Buffer.from('.txt')]),
    Buffer.from('From an old Latin-1 system.'),
  )
  share.tell('One name that is no Unicode at all.')
}

function writeLinksAndSpecials(share: SampleWriter): void {
  share.link('Projects/Links/to a file.pdf', '../../Finance/Invoices/2019/Q1/Invoice 2019-Q1-0001.pdf')
  share.link('Projects/Links/to minutes.docx', '../Alpha/Minutes/Minutes 1.docx')
  share.link('Projects/Links/to a folder', '../Alpha')
  share.link('Projects/Links/broken', 'no longer here')
  share.link('Projects/Links/back to the top', '..')
  share.tell('Links to files and folders, a broken one, and one that leads back to a folder above it.')
  share.pipe('Projects/Links/pipe')
}

function writeUnreadable(share: SampleWriter): void {
  if (process.platform === 'win32' || process.getuid?.() === 0) {
    share.tell('No file is unreadable: this account may read everything.')
    return
  }
  fs.chmodSync(share.file('Finance/Payroll/private.xlsx', workbook([['secret']])), 0o000)
  share.tell('One file that this account may not read.')
}

function sampleRows(random: SampleRandom, count: number): (string | number)[][] {
  return Array.from({ length: count }, (_, at) => [
    `Position ${at + 1}`,
    random.integer(1, 90_000),
    random.pick(['open', 'paid', 'late']),
  ])
}

/** Writes below one folder, dates what it writes, and remembers what the system would not take. */
class SampleWriter {
  readonly random: SampleRandom
  readonly #root: string
  readonly #told: string[] = []
  readonly #refused: string[] = []
  readonly #folders = new Map<string, number>()
  #fileCount = 0
  #sizeBytes = 0

  constructor(root: string, random: SampleRandom) {
    this.#root = root
    this.random = random
    fs.mkdirSync(root, { recursive: true })
    if (fs.readdirSync(root).length > 0)
      throw new Error(`"${root}" is not empty: a sample share is written into a new folder only.`)
  }

  tell(sentence: string): void {
    this.#told.push(sentence)
  }

  description(): string[] {
    const about = `${this.#fileCount} files, ${(this.#sizeBytes / MIB).toFixed(1)} MiB.`
    const refused = this.#refused.length === 0 ? [] : [`This system would not take ${this.#refused.length} of the names.`]
    return [about, ...this.#told, ...refused]
  }

  /** Returns the full path. Never replaces: where the system takes two names for one, the second is left out. */
  file(relPath: string | Buffer, bytes: Uint8Array, modifiedMs = this.#someTime()): string {
    const shown = relPath.toString()
    const full =
      typeof relPath === 'string' ? path.join(this.#root, relPath) : Buffer.concat([Buffer.from(this.#root + path.sep), relPath])
    try {
      this.folder(path.posix.dirname(shown))
      fs.writeFileSync(full, bytes, { flag: 'wx' })
      fs.utimesSync(full, modifiedMs / 1000, modifiedMs / 1000)
      this.#fileCount++
      this.#sizeBytes += bytes.length
    } catch {
      this.#refused.push(shown)
    }
    return full.toString()
  }

  folder(relPath: string): void {
    for (let folder = relPath; folder !== '.' && !this.#folders.has(folder); folder = path.posix.dirname(folder)) {
      this.#folders.set(folder, this.#someTime())
    }
    fs.mkdirSync(path.join(this.#root, relPath), { recursive: true })
  }

  link(relPath: string, target: string): void {
    this.folder(path.posix.dirname(relPath))
    try {
      fs.symlinkSync(target, path.join(this.#root, relPath))
    } catch {
      this.#refused.push(relPath)
    }
  }

  pipe(relPath: string): void {
    this.folder(path.posix.dirname(relPath))
    const made = process.platform !== 'win32' && spawnSync('mkfifo', [path.join(this.#root, relPath)]).status === 0
    this.tell(made ? 'A named pipe, which has no content to migrate.' : 'No named pipe: this system cannot make one.')
  }

  /** Last, because writing into a folder changes its time. */
  dateFolders(): void {
    for (const [relPath, timeMs] of this.#folders) fs.utimesSync(path.join(this.#root, relPath), timeMs / 1000, timeMs / 1000)
  }

  #someTime(): number {
    return (
      OLDEST_MS +
      Math.floor((this.random.next() * (NEWEST_MS - OLDEST_MS)) / DAY_MS) * DAY_MS +
      this.random.integer(0, DAY_MS / 1000 - 1) * 1000
    )
  }
}
