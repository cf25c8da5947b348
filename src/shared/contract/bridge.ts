import type { CommandName, CommandRequest, CommandResponse, Reply } from './commands.ts'
import type { AppPlace } from './deepLink.ts'
import type { HostEvent } from './events.ts'

/** What the place where the screens run can do. Screens ask this, never which place it is. */
export interface Capabilities {
  /** A folder dropped from the desktop tells its path. */
  readonly dropGivesPath: boolean
  /** `native` has dialogs of the operating system. */
  readonly nativeDialogs: boolean
  /** Exported files are fetched through `download`, because the host's disk may not be at hand. */
  readonly downloads: boolean
}

/** Whether the screens hear the host right now. `refused` does not mend itself: the sign-in of this window is over. */
export type LinkState = 'connecting' | 'open' | 'lost' | 'refused'

/** Only where `capabilities` say so. */
export interface NativeShell {
  pathOfDropped?(file: unknown): string
  chooseFolder?(): Promise<string | undefined>
  chooseFile?(options: { readonly title: string; readonly extensions: readonly string[] }): Promise<string | undefined>
  showFolder?(folder: string): Promise<void>
  download?(exportId: string, fileName: string): Promise<void>
  /** The menu of the application asked for something. */
  onMenu?(listener: (command: MenuCommand) => void): () => void
  /** A link, a notification or the tray asked for a place of the app. */
  onOpen?(listener: (place: AppPlace) => void): () => void
}

export type MenuCommand = 'exportReports' | 'createTask'

/** The one door between screens and host. */
export interface Bridge {
  readonly capabilities: Capabilities
  readonly native: NativeShell
  /** Never rejects. With a lost link it answers with an error at once: nothing is sent twice on its own. */
  call<C extends CommandName>(command: C, request: CommandRequest<C>): Promise<Reply<CommandResponse<C>>>
  /** After every (re)connection the whole state is told again. Returns what ends the subscription. */
  subscribe(listener: { readonly onEvent: (event: HostEvent) => void; readonly onLink: (link: LinkState) => void }): () => void
}
