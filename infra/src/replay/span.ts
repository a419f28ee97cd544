import { setTimeout as delay } from "node:timers/promises";
import type { RecordedEvent } from "@fleetlog/domain";
import type { Replay, ReplayPosition } from "@fleetlog/protocol";
import { Backoff } from "@fleetlog/runtime";
import type { Installation } from "./options.ts";
import type { Source } from "./source/source.ts";
import { AccessEnded, replayMessages } from "./source/stream.ts";

export interface SpanOptions {
  readonly source: Pick<Source, "begin">;
  readonly installation: Installation;
  readonly first: Replay;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const RETRIES = { firstMs: 500, longestMs: 10_000, jitter: "half" } as const;

export type SpanMessage = ReplayPosition | { readonly type: "events"; readonly items: readonly RecordedEvent[] };

/**
 * The events of a span and the progress of the replay, until its end or the abort. After a lost connection it continues
 * after the newest event of FLEET; some telemetry may be repeated.
 *
 * @throws Error if the access has ended, or the source refuses
 */
export async function* spanMessages(options: SpanOptions): AsyncGenerator<SpanMessage> {
  const { source, installation, first, signal, say } = options;
  const backoff = new Backoff(RETRIES);
  let replay = first;
  let seq: number | undefined;
  while (!signal.aborted) {
    let why = "the connection was lost";
    try {
      for await (const message of replayMessages(installation, replay, signal)) {
        if (message.type === "problem") {
          why = message.message;
          break;
        }
        if (message.type === "events") seq = message.items.findLast(({ stream }) => stream === "FLEET")?.seq ?? seq;
        backoff.succeeded();
        yield message;
        if (message.type === "position" && message.state === "ended") return;
      }
    } catch (error) {
      if (error instanceof AccessEnded) throw error;
      why = error instanceof Error ? error.message : String(error);
    }
    if (signal.aborted) return;
    say(` ! the source: ${why}; trying again`);
    await delay(backoff.failed(), undefined, { signal }).catch(() => {});
    if (!signal.aborted && seq !== undefined)
      replay = await source.begin({ from: seq, to: first.to.at, speed: first.speed });
  }
}
