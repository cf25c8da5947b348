/**
 * Whether a listing does not show something yet that happened at `atMs`. Every item has a lag of its own between nothing and the
 * longest, the same each time it is asked for, so that what a listing has shown once stays shown.
 */
export function isStillHidden(uniqueId: string, atMs: number, lag: { readonly lagMs: number; readonly nowMs: number }): boolean {
  if (lag.lagMs === 0 || lag.nowMs - atMs >= lag.lagMs) return false
  const share = (Number.parseInt(uniqueId.slice(-6), 16) + 1) / 0x1000000
  return lag.nowMs - atMs < lag.lagMs * share
}
