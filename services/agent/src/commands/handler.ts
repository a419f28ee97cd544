export interface CommandContext {
  readonly id: string;
  /** By the fleet's clock, which need not be this device's. Not begun after it; undefined if none was given that can be read. */
  readonly deadline: Date | undefined;
  /** Aborted when the agent stops and can't wait any longer. */
  readonly signal: AbortSignal;
}

/**
 * Does a command. What it returns, as JSON, is the result; what it throws is the error: a {@link CommandFailure} with
 * its own code, anything else with code `failed`.
 */
export type CommandHandler = (params: unknown, context: CommandContext) => unknown;

/**
 * `idempotent`: doing it twice does no harm. Such a command is done again if the device went down in the middle of it;
 * any other is reported as failed with `interrupted`, because nobody knows how far it came.
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
