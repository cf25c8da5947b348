import {
  type CommandName,
  type CommandResponse,
  commands,
  type ParsedRequest,
  requestFrameSchema,
} from '../../shared/contract/commands.ts'
import type { AnswerFrame } from '../../shared/contract/events.ts'
import { asMigrationError, MigrationError, toWire } from '../../shared/errors.ts'
import type { Logger } from '../engine/ports/runtime.ts'

/** One thin entry per command. What has begun ends by itself, also when the screen that asked is gone by then. */
export type Handlers = {
  readonly [C in CommandName]: (request: ParsedRequest<C>) => Promise<CommandResponse<C>>
}

/** Frame in, frame out; the one place where a request is validated. Never rejects. `undefined` = not a frame at all: drop the client. */
export type Dispatch = (frame: unknown) => Promise<AnswerFrame | undefined>

export function createDispatch(handlers: Handlers, logger: Logger): Dispatch {
  return async (input) => {
    const frame = requestFrameSchema.safeParse(input)
    if (!frame.success) return undefined
    const { id, command, request } = frame.data
    if (!isCommand(command)) return { id, reply: { error: toWire(unknownCommand(command)) } }
    try {
      return { id, reply: { ok: await run(handlers, command, request) } }
    } catch (thrown) {
      const error = asMigrationError(thrown)
      if (error.code === 'INTERNAL') logger.log('error', 'command.failed', { command, message: error.message })
      return { id, reply: { error: toWire(error) } }
    }
  }
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name)
}

async function run<C extends CommandName>(handlers: Handlers, command: C, request: unknown): Promise<CommandResponse<C>> {
  const parsed = commands[command].request.safeParse(request)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new MigrationError(
      'INPUT_USAGE',
      `${command}: ${issue?.path.join('.') || 'the request'} ${issue?.message ?? 'is not understood'}.`,
      {
        remedy: { kind: 'stopTask' },
        fix: 'Correct the field and try again.',
      },
    )
  }
  // The schema of this command has just produced the data: the pairing that the compiler cannot see through the index.
  return handlers[command](parsed.data as ParsedRequest<C>)
}

function unknownCommand(command: string): MigrationError {
  return new MigrationError('INPUT_USAGE', `There is no command "${command.slice(0, 64)}".`, {
    remedy: { kind: 'stopTask' },
    fix: 'Reload the window: it belongs to another version of Portage.',
  })
}
