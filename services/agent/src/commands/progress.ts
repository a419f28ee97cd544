import type { CommandProgressPayload } from "@fleetlog/protocol";
import { byteLength } from "../byte-length.ts";
import type { MessageSource } from "../sending/message-source.ts";
import type { Refusal } from "../transport/transport.ts";

/** JSON-RPC's and MQTT's codes for commands that are unknown or have ended. */
const OVER: readonly (string | number)[] = [-32004, -32009, 0x90, 0x83];

/** The newest progress of each running command. One report of a command is in flight at a time; newer ones are merged. */
export class ProgressSource implements MessageSource {
  readonly share = "half";
  readonly #onOver: (id: string) => void;
  readonly #waiting = new Map<string, CommandProgressPayload>();
  readonly #inFlight = new Set<string>();

  /** @param onOver called when the gateway answers that there is no such command any more */
  constructor(onOver: (id: string) => void) {
    this.#onOver = onOver;
  }

  get empty(): boolean {
    return this.#waiting.size === 0 && this.#inFlight.size === 0;
  }

  report(id: string, progress: CommandProgressPayload): void {
    this.#waiting.set(id, { ...this.#waiting.get(id), ...progress });
  }

  /** The command has ended: what was not sent is dropped. */
  ended(id: string): void {
    this.#waiting.delete(id);
  }

  take(): ReturnType<MessageSource["take"]> {
    for (const [id, progress] of this.#waiting) {
      if (this.#inFlight.has(id)) continue;
      this.#waiting.delete(id);
      this.#inFlight.add(id);
      return {
        message: { kind: "command-progress", progress: { ...progress, id } },
        bytes: byteLength(JSON.stringify(progress)),
        acknowledged: () => void this.#inFlight.delete(id),
        refused: ({ code }: Refusal) => {
          this.#inFlight.delete(id);
          if (!OVER.includes(code)) return;
          this.#waiting.delete(id);
          this.#onOver(id);
        },
        // Not sent again after a lost connection: the handler's next report says more.
        retry: () => void this.#inFlight.delete(id),
      };
    }
    return undefined;
  }
}
