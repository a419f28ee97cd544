import type { CommandProgressPayload } from "@fleetlog/protocol";
import { byteLength } from "../byte-length.ts";
import type { MessageSource } from "../sending/message-source.ts";
import type { Refusal } from "../transport/transport.ts";

/** Codes by which the gateway says that the command has ended or is unknown. */
const OVER: readonly (string | number)[] = [-32004, -32009, 0x90, 0x83];

/** Keeps the newest progress of each command, and sends one report at a time. */
export class ProgressSource implements MessageSource {
  readonly share = "half";
  readonly #onOver: (id: string) => void;
  readonly #waiting = new Map<string, CommandProgressPayload>();
  readonly #inFlight = new Set<string>();

  constructor(onOver: (id: string) => void) {
    this.#onOver = onOver;
  }

  get empty(): boolean {
    return this.#waiting.size === 0 && this.#inFlight.size === 0;
  }

  report(id: string, progress: CommandProgressPayload): void {
    this.#waiting.set(id, { ...this.#waiting.get(id), ...progress });
  }

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
        // Progress is not sent again, because the handler's next report is newer.
        retry: () => void this.#inFlight.delete(id),
      };
    }
    return undefined;
  }
}
