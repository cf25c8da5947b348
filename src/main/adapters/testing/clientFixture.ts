import { createPacer, type Pacer } from '../../engine/throttle/pacer.ts'
import type { TokenProvider } from '../auth/tokenProvider.ts'
import { createServiceClient } from '../sharepoint/httpPipeline.ts'
import type { ServiceClient } from '../sharepoint/serviceClient.ts'
import { createCollectingLogger, createHastyClock, createPlainRandom, type HastyClock } from './runtimeFixture.ts'
import type { ServiceFixture } from './serviceFixture.ts'

export interface ClientFixture {
  readonly client: ServiceClient
  readonly clock: HastyClock
  readonly pacer: Pacer
  readonly logger: ReturnType<typeof createCollectingLogger>
  /** What the token provider was asked for: `graph`, `graph after token-1`, `graph claims …`. */
  readonly asked: readonly string[]
}

/** The real pipeline against a scripted service, with tokens that need no sign-in and waits that cost no time. */
export function createClientFixture(service: ServiceFixture): ClientFixture {
  const clock = createHastyClock()
  const random = createPlainRandom()
  const logger = createCollectingLogger()
  const pacer = createPacer({ clock, random })
  const asked: string[] = []
  let count = 1
  const tokens: TokenProvider = {
    isApp: true,
    async getToken(resource, options) {
      asked.push(
        [resource, options.refused && `after ${options.refused}`, options.claims && `claims ${options.claims}`]
          .filter(Boolean)
          .join(' '),
      )
      if (options.refused === `token-${count}` || options.claims !== undefined) count++
      return `token-${count}`
    },
    signIn: async () => ({ name: 'app', isApp: true }),
    signOut: async () => undefined,
  }
  const { sockets, pools } = service
  const graphBase = 'https://graph.microsoft.com/v1.0'
  const client = createServiceClient({ graphBase, version: '1.2.3', tokens, pacer, sockets, pools, clock, random, logger })
  return { client, clock, pacer, logger, asked }
}
