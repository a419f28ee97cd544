import type { CommandMessage, CommandResult } from "@fleetlog/protocol";
import type { Answer } from "../plan/actions.ts";

const MOST = 20;

/** The newest answers of a device, by name and parameters of the command. */
export class Answers {
  readonly #answers = new Map<string, Answer>();

  add(name: string, params: unknown, answer: Answer): void {
    const key = keyOf(name, params);
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST && oldest !== undefined) this.#answers.delete(oldest);
  }

  /** Undefined if the device has not answered such a command in the span so far. */
  to({ id, name, params }: Pick<CommandMessage, "id" | "name" | "params">): CommandResult | undefined {
    const answer = this.#answers.get(keyOf(name, params));
    return answer === undefined ? undefined : ({ id, ...answer } as CommandResult);
  }
}

function keyOf(name: string, params: unknown): string {
  return JSON.stringify([name, params ?? {}]);
}
