import { crc32, deflateSync } from 'node:zlib'

/** The same numbers for the same seed, on every machine. */
export interface SampleRandom {
  /** 0 ≤ x < 1. */
  next(): number
  /** min ≤ x ≤ max. */
  integer(min: number, max: number): number
  pick<Value>(values: readonly [Value, ...Value[]]): Value
  /** Incompressible. */
  bytes(length: number): Uint8Array
}

/** Marsaglia's xorshift with 32 bits: good enough for samples, never for keys. */
export function createSampleRandom(seed: number): SampleRandom {
  let state = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x6d2b79f5) | 0 || 1
  const step = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  const next = (): number => step() / 2 ** 32
  return {
    next,
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
    pick: (values) => values[Math.floor(next() * values.length)] ?? values[0],
    bytes(length) {
      const words = new Uint32Array(Math.ceil(length / 4))
      for (let at = 0; at < words.length; at++) words[at] = step()
      return new Uint8Array(words.buffer, 0, length)
    },
  }
}

const WORDS = 'budget quarter contract delivery review meeting customer supplier invoice project schedule risk approval'.split(
  ' ',
)

export function sampleText(random: SampleRandom, wordCount: number): string {
  const words = Array.from({ length: wordCount }, () => WORDS[random.integer(0, WORDS.length - 1)] ?? '')
  return words.map((word, at) => (at % 12 === 11 ? `${word}.\n` : `${word} `)).join('')
}

/** One page with one line of text; a valid PDF 1.4 with cross-reference table. */
export function samplePdf(line: string, padding: Uint8Array): Uint8Array {
  const shown = line.replace(/[^ -~]/g, '?').replace(/[\\()]/g, '\\$&')
  const content = `BT /F1 24 Tf 72 720 Td (${shown}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    `<< /Length ${padding.length} >>\nstream\n${Buffer.from(padding).toString('latin1')}\nendstream`,
  ]
  let text = '%PDF-1.4\n'
  const offsets = objects.map((object, at) => {
    const offset = text.length
    text += `${at + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const start = text.length
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}`
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}

/** A square of noise as PNG. */
export function samplePng(random: SampleRandom, edgePixels: number): Uint8Array {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const framed = Buffer.alloc(body.length + 8)
    framed.writeUInt32BE(data.length, 0)
    body.copy(framed, 4)
    framed.writeUInt32BE(crc32(body), body.length + 4)
    return framed
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(edgePixels, 0)
  header.writeUInt32BE(edgePixels, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const rows = Buffer.concat(Array.from({ length: edgePixels }, () => Buffer.concat([Buffer.of(0), random.bytes(edgePixels)])))
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 1 })),
    chunk('IEND', new Uint8Array(0)),
  ])
}
