/**
 * A refusal, in the words of the real service. Rendered per service: Graph's JSON envelope, SharePoint's OData error in the dialect
 * that the request asked for, the token endpoint's OAuth error, storage XML.
 */
export class ServiceError extends Error {
  readonly status: number
  /** Graph: top-level code. SharePoint: `-2130575169, Microsoft.SharePoint.SPDuplicateValuesFoundException`. OAuth: `error`. */
  readonly code: string
  /** Graph inner code. */
  readonly innerCode: string | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Overrides the rendered body (HTML throttle page, plain text of the SharePoint 401s). */
  readonly rawBody: { readonly contentType: string; readonly text: string } | undefined
  /** The request asked for something that this simulator does not know; the request journal flags it. */
  readonly isUnknown: boolean
  /** Extra members of the error body (OAuth `error_codes`, `suberror`…). */
  readonly extra: Readonly<Record<string, unknown>>

  constructor(
    status: number,
    code: string,
    message: string,
    options: {
      readonly innerCode?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly rawBody?: { readonly contentType: string; readonly text: string }
      readonly extra?: Readonly<Record<string, unknown>>
      readonly isUnknown?: boolean
    } = {},
  ) {
    super(message)
    this.name = 'ServiceError'
    this.status = status
    this.code = code
    this.innerCode = options.innerCode
    this.headers = options.headers ?? {}
    this.rawBody = options.rawBody
    this.extra = options.extra ?? {}
    this.isUnknown = options.isUnknown ?? false
  }
}
