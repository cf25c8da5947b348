import { createContext, useCallback, useContext, useState } from 'react'
import type { Bridge } from '../shared/contract/bridge.ts'
import type { CommandName, CommandRequest, CommandResponse } from '../shared/contract/commands.ts'
import type { WireError } from '../shared/errors.ts'

const BridgeContext = createContext<Bridge | undefined>(undefined)
export const BridgeProvider = BridgeContext.Provider

export function useBridge(): Bridge {
  const bridge = useContext(BridgeContext)
  if (!bridge) throw new Error('a screen outside of BridgeProvider')
  return bridge
}

export interface Command<C extends CommandName> {
  readonly isBusy: boolean
  readonly error: WireError | undefined
  /** undefined = it failed, and `error` says why. */
  run(request: CommandRequest<C>): Promise<CommandResponse<C> | undefined>
  clearError(): void
}

/** One command of one screen, with its waiting and its failure. */
export function useCommand<C extends CommandName>(command: C): Command<C> {
  const bridge = useBridge()
  const [running, setRunning] = useState(0)
  const [error, setError] = useState<WireError>()
  const run = useCallback(
    async (request: CommandRequest<C>) => {
      setRunning((count) => count + 1)
      const reply = await bridge.call(command, request)
      setRunning((count) => count - 1)
      setError('error' in reply ? reply.error : undefined)
      return 'ok' in reply ? reply.ok : undefined
    },
    [bridge, command],
  )
  const clearError = useCallback(() => setError(undefined), [])
  return { isBusy: running > 0, error, run, clearError }
}
