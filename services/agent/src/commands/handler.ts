/** A missing field keeps its value. `percent` is between 0 and 100. */
export interface Progress {
  readonly percent?: number;
  readonly step?: string;
  readonly message?: string;
}

export interface CommandContext {
  readonly id: string;
  /** The deadline by the gateway's clock; undefined if the command has no valid deadline. */
  readonly deadline: Date | undefined;
  /**
   * Aborted when the gateway cancels or expires the command, or when the agent stops. In the first two cases no result
   * is sent.
   */
  readonly signal: AbortSignal;
  /** Sends the newest progress. Without a connection, progress is lost. */
  progress(progress: Progress): void;
}

/**
 * Runs a command. `params` is an empty object if the command has none; the return value is the result, as JSON. An
 * error fails the command with the code of a {@link CommandFailure}, otherwise with `failed`.
 */
export type CommandHandler = (params: unknown, context: CommandContext) => unknown;

/**
 * `idempotent`: a command that was running when the device stopped runs again; otherwise such a command fails with
 * `interrupted`.
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
