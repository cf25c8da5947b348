import { useApp } from './store/store.ts'

/** Why nothing of the shared lists can be changed at the moment; undefined when it can. */
export function useReadOnlyReason(): string | undefined {
  return useApp((state) => {
    if (state.link !== 'open') return 'Portage does not answer: changes wait until it does.'
    if (state.connection?.state !== 'connected') return 'This install is not connected to a tenant.'
    return state.connection.error
      ? 'The lists in the tenant cannot be reached: nothing can be changed until they can.'
      : undefined
  })
}
