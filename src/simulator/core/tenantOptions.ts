import type { ServiceBehaviour } from './behaviour.ts'

export interface TenantOptions extends Partial<ServiceBehaviour> {
  /** 0 or absent: a free port. */
  readonly port?: number
  /** Folder that keeps everything for the next start. Absent: memory and a temporary folder that is removed at the end. */
  readonly dataDir?: string
  /** The same seed and the same requests give the same ids. Only the first start of a data folder asks for it. */
  readonly seed?: string | number
  /** Fault script to begin with. */
  readonly faultsFile?: string
  /** Tenant time stands still at this instant and moves only when told to. For tests. */
  readonly frozenAtMs?: number
  /** Folder with keys and certificates made before, so that many short-lived tenants need not make their own. For tests. */
  readonly keysDir?: string
}

const DEFAULTS: ServiceBehaviour = {
  profile: 'strict',
  licences: 500,
  throttling: true,
  retryAfterForm: 'mixed',
  queryLagMs: 0,
  hashLagMs: 0,
  officeRewriteDelayMs: undefined,
  latencyMs: 0,
}

/** What the tenant does to its clients, from the given options and the defaults of a small, strict tenant without delays. */
export function behaviourOf(options: TenantOptions): ServiceBehaviour {
  const behaviour: Record<string, unknown> = { ...DEFAULTS }
  for (const name of Object.keys(DEFAULTS)) {
    const given: unknown = Reflect.get(options, name)
    if (given !== undefined) behaviour[name] = given
  }
  return { ...DEFAULTS, ...behaviour }
}
