/** What an error answer says, whatever its dialect: codes from the outermost to the deepest, and the text for people. */
export interface ErrorBody {
  readonly codes: readonly string[]
  readonly message: string
}

const DEPTH_MAX = 8
const TEXT_MAX = 300

/**
 * Reads the error of Graph (`innerError` and `innererror`), OData v3 (`odata.error`), v4 and verbose, OAuth-like bodies of SharePoint's
 * front door, XML, HTML pages and empty bodies. Never throws. [B, C.2, A.10, E]
 */
export function readErrorBody(body: unknown): ErrorBody {
  const json = typeof body === 'string' ? parseJson(body) : body
  if (isRecord(json)) return fromJson(json)
  return typeof body === 'string' ? fromText(body) : { codes: [], message: '' }
}

function fromJson(json: Record<string, unknown>): ErrorBody {
  const root = json['odata.error'] ?? json.error
  if (isRecord(root)) {
    const codes: string[] = []
    let level: unknown = root
    for (let depth = 0; depth < DEPTH_MAX && isRecord(level); depth++) {
      if (typeof level.code === 'string') codes.push(...splitCode(level.code))
      level = level.innerError ?? level.innererror
    }
    return { codes, message: cut(textOf(root.message)) }
  }
  const description = typeof json.error_description === 'string' ? json.error_description : ''
  return { codes: typeof root === 'string' ? [root] : [], message: cut(description) }
}

/** `-2130575169, Microsoft.SharePoint.SPDuplicateValuesFoundException` is a number and the last word of a type. */
function splitCode(code: string): readonly string[] {
  const [number, type] = code.split(',').map((part) => part.trim())
  if (number === undefined || type === undefined) return [code]
  return [number, type.split('.').at(-1) ?? type]
}

function fromText(text: string): ErrorBody {
  const code = /<(?:\w+:)?code>([^<]{1,200})<\/(?:\w+:)?code>/i.exec(text)?.[1]
  const message =
    /<(?:\w+:)?message[^>]*>([^<]{1,1000})<\/(?:\w+:)?message>/i.exec(text)?.[1] ??
    /<title>([^<]{1,300})<\/title>/i.exec(text)?.[1] ??
    text.replace(/<[^>]*>/g, ' ')
  return { codes: code === undefined ? [] : splitCode(code), message: cut(message.replace(/\s+/g, ' ').trim()) }
}

/** `"text"` in v4, `{lang, value}` in v3 and verbose. */
function textOf(message: unknown): string {
  if (typeof message === 'string') return message
  return isRecord(message) && typeof message.value === 'string' ? message.value : ''
}

const cut = (text: string) => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text)
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parseJson(text: string): unknown {
  const start = text.trimStart()
  if (!start.startsWith('{')) return undefined
  try {
    return JSON.parse(start)
  } catch {
    return undefined
  }
}
