import { Pool } from 'undici'
import type { SocketMap } from './socketMap.ts'

/** Sockets per host. The pacer decides how many are used; this only bounds them. */
const CONNECTIONS_PER_HOST = 96

/** An idle socket is kept this long unless the server names a shorter time; a new one costs a TLS handshake. */
const KEEP_ALIVE_MS = 20_000

/** Origins kept open at once. Upload and download hosts are few; a hostile redirect must not grow this without end. */
const ORIGINS_MAX = 64

/** One keep-alive pool per origin, all through the socket map. */
export interface Pools {
  of(origin: string): Pool
  /** Ends every connection; requests under way fail. */
  close(): Promise<void>
}

export function createPools(sockets: SocketMap): Pools {
  const pools = new Map<string, Pool>()
  return {
    of(origin) {
      const known = pools.get(origin)
      if (known) return known
      if (pools.size >= ORIGINS_MAX) {
        const [oldest] = pools
        if (oldest) {
          pools.delete(oldest[0])
          void oldest[1].close()
        }
      }
      const pool = new Pool(origin, {
        connect: sockets.connector,
        connections: CONNECTIONS_PER_HOST,
        pipelining: 1,
        keepAliveTimeout: KEEP_ALIVE_MS,
      })
      pools.set(origin, pool)
      return pool
    },
    async close() {
      const open = [...pools.values()]
      pools.clear()
      await Promise.all(open.map((pool) => pool.destroy()))
    },
  }
}
