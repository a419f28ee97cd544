import type { CommandCompleted, CommandFailed, CommandIssued, Recorded } from "@fleetlog/domain";
import type { Action, Answer } from "./actions.ts";

/** Maximum commands that are kept while they have no end in the events read so far. */
const MOST_OPEN = 10_000;

/** Pairs the answers of devices with the commands that were answered. */
export class AnsweredCommands {
  readonly #open = new Map<string, { readonly name: string; readonly params: unknown }>();

  issued({ data: { command, name, params } }: Recorded<CommandIssued>): void {
    this.#open.set(command, { name, params });
    const [oldest] = this.#open.keys();
    if (this.#open.size > MOST_OPEN && oldest !== undefined) this.#open.delete(oldest);
  }

  /** Undefined if the command was issued before the span. */
  answered({ type, data }: Recorded<CommandCompleted | CommandFailed>): Action | undefined {
    const command = this.#open.get(data.command);
    this.#open.delete(data.command);
    if (command === undefined) return undefined;
    const answer: Answer =
      type === "CommandFailed"
        ? { ok: false, error: (data as CommandFailed["data"]).error }
        : { ok: true, result: (data as CommandCompleted["data"]).result };
    return { do: "answer", device: data.device, ...command, answer };
  }

  forget(command: string): void {
    this.#open.delete(command);
  }
}
