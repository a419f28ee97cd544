import type { CommandResult } from "@fleetlog/protocol";
import { byteLength } from "../byte-length.ts";
import type { Logger } from "../logger.ts";
import type { MessageSource } from "../sending/message-source.ts";
import type { Store } from "../store/store.ts";
import type { Refusal } from "../transport/transport.ts";

/** The codes for "too large" in JSON-RPC and MQTT. */
const TOO_LARGE: readonly (string | number)[] = [-32013, 0x95];

export class Results implements MessageSource {
  readonly share = "whole";
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #waiting = new Set<string>();
  readonly #inFlight = new Set<string>();

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  get empty(): boolean {
    return this.#waiting.size === 0 && this.#inFlight.size === 0;
  }

  add(id: string): void {
    // The result in flight answers this delivery too.
    if (!this.#inFlight.has(id)) this.#waiting.add(id);
  }

  take(): ReturnType<MessageSource["take"]> {
    for (const id of this.#waiting) {
      this.#waiting.delete(id);
      const command = this.#store.command(id);
      if (command?.state === "finished") return this.#delivery(command.result, command.name);
    }
    return undefined;
  }

  #delivery(result: CommandResult, name: string): ReturnType<MessageSource["take"]> {
    const { id } = result;
    this.#inFlight.add(id);
    return {
      message: { kind: "command-result", result },
      bytes: byteLength(JSON.stringify(result)),
      acknowledged: () => {
        this.#inFlight.delete(id);
        this.#store.acknowledgeCommand(id);
      },
      refused: (refusal) => {
        this.#inFlight.delete(id);
        this.#refused(result, name, refusal);
      },
      retry: () => {
        this.#inFlight.delete(id);
        this.#waiting.add(id);
      },
    };
  }

  #refused(result: CommandResult, name: string, { code, message }: Refusal): void {
    this.#logger.warn({ command: result.id, code, message }, "the gateway refused a result");
    if (!result.ok || !TOO_LARGE.includes(code)) {
      this.#store.acknowledgeCommand(result.id);
      return;
    }
    const error = { code: "result-too-large", message: "done, but the result is larger than the gateway takes" };
    this.#store.finishCommand({ id: result.id, ok: false, error }, name);
    this.#waiting.add(result.id);
  }
}
