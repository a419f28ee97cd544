/** How far a command is. A field that is left out keeps its value; `percent` is 0 to 100. */
export interface Progress {
  readonly percent?: number;
  readonly step?: string;
  readonly message?: string;
}

export interface CommandContext {
  readonly id: string;
  /**
   * A time of the gateway's clock, which may differ from this device's. Undefined if the command has no valid deadline.
   */
  readonly deadline: Date | undefined;
  /**
   * Aborted when the command was cancelled or its deadline has passed, or when the agent stops and the time to finish is
   * over. After a cancellation nothing that the handler returns or throws is sent.
   */
  readonly signal: AbortSignal;
  /** Reports progress, as often as you like: the agent sends the newest. Without a connection it is dropped. */
  progress(progress: Progress): void;
}

/**
 * Runs a command. `params` is an empty object if the command has none. The return value, as JSON, is the command's
 * result. If the handler throws, the command fails: with the code of a {@link CommandFailure}, and with `failed` for
 * any other error.
 */
export type CommandHandler = (params: unknown, context: CommandContext) => unknown;

/**
 * `idempotent`: running the command twice does no harm. If the device stopped while an idempotent command ran, the
 * command is run again. Any other command then fails with `interrupted`, because nobody knows how far it got.
 */
export type CommandDefinition = CommandHandler | { readonly run: CommandHandler; readonly idempotent?: boolean };

export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Handlers {
  find(name: string): { readonly run: CommandHandler; readonly idempotent: boolean } | undefined;
}

export function handlers(definitions: Readonly<Record<string, CommandDefinition>>): Handlers {
  const byName = new Map(Object.entries(definitions));
  return {
    find(name) {
      const found = byName.get(name);
      if (found === undefined) return undefined;
      return typeof found === "function" ? { run: found, idempotent: false } : { idempotent: false, ...found };
    },
  };
}
