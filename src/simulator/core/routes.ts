import type { Route } from './http.ts'

/** Every operation of the tenant, each area's beside its code. Within a service the first match wins. */
export const routes: readonly Route[] = []
