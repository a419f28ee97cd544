import type { CommandProgressPayload } from "@fleetlog/protocol";
import { byteLength } from "../byte-length.ts";
import type { MessageSource } from "../sending/message-source.ts";
import type { Refusal } from "../transport/transport.ts";

/** Codes by which the gateway says that the command has ended or is unknown. */
const OVER: readonly (string | number)[] = [-32004, -32009, 0x90, 0x83];

/** Sends one report of progress of each command at a time. Reports made meanwhile are merged into one. */
export class ProgressSource implements MessageSource {
  readonly share = "half";
  readonly #onOver: (id: string) => void;
  readonly #waiting = new Map<string, CommandProgressPayload>();
  readonly #inFlight = new Map<string, { ended: boolean }>();

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
    const sent = this.#inFlight.get(id);
    if (sent !== undefined) sent.ended = true;
  }

  take(): ReturnType<MessageSource["take"]> {
    for (const [id, progress] of this.#waiting) {
      if (this.#inFlight.has(id)) continue;
      this.#waiting.delete(id);
      const sent = { ended: false };
      this.#inFlight.set(id, sent);
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
        retry: () => {
          this.#inFlight.delete(id);
          // Progress that was reported after the sending is newer, and overrides what was not sent.
          if (!sent.ended) this.#waiting.set(id, { ...progress, ...this.#waiting.get(id) });
        },
      };
    }
    return undefined;
  }
}
