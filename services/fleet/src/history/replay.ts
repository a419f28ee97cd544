import { setTimeout as sleep } from "node:timers/promises";
import { FleetError, isLimited } from "@fleetlog/domain";
import {
  parseReplayLine,
  REPLAY,
  type ReplayHead,
  type ReplayLine,
  type ReplayPlace,
  type ReplayRequest,
} from "@fleetlog/protocol";
import type { History } from "./history.ts";

/** A line with an event. */
export interface ReplayedLine extends ReplayLine {
  readonly time: number;
}

export interface OpenedReplay {
  readonly head: ReplayHead;
  /** Made as they are read. Returning early ends the answer. */
  readonly lines: AsyncGenerator<ReplayedLine, void, undefined>;
}

/** Pauses before another historian is asked for the rest, in milliseconds. */
const PAUSES = [200, 500, 1_000, 2_000, 4_000, 8_000];

/**
 * The events of a span in the order of time. If the historian ends, or has dropped an answer that was not read for long,
 * the rest is asked for again.
 *
 * @param signal ends the answer, also one whose lines were not read
 * @throws FleetError as {@link History.read}
 */
export async function openReplay(
  history: Pick<History, "read">,
  { scope, ...asked }: ReplayRequest,
  signal: AbortSignal,
  pauses: readonly number[] = PAUSES,
): Promise<OpenedReplay> {
  const request = { ...asked, ...(scope !== undefined && isLimited(scope) && { scope }) };
  const begun = await begin(history, request, signal);
  return { head: begun.head, lines: linesOf(history, request, begun, signal, pauses) };
}

interface Begun {
  readonly head: ReplayHead;
  readonly texts: AsyncGenerator<string, void, undefined>;
}

async function begin(history: Pick<History, "read">, request: ReplayRequest, signal: AbortSignal): Promise<Begun> {
  const texts = split(history.read(REPLAY, request, signal));
  const { value, done } = await texts.next();
  if (done === true) throw new TypeError("a replay has no head");
  signal.addEventListener("abort", () => void texts.return(), { once: true });
  return { head: JSON.parse(value) as ReplayHead, texts };
}

async function* linesOf(
  history: Pick<History, "read">,
  request: ReplayRequest,
  { head, texts: first }: Begun,
  signal: AbortSignal,
  pauses: readonly number[],
): OpenedReplay["lines"] {
  let texts: Begun["texts"] | undefined = first;
  let place: ReplayPlace = request.after ?? head.place;
  try {
    for (let failures = 0; ; ) {
      try {
        const rest = { ...request, to: request.to ?? head.to.at, after: place };
        texts ??= (await begin(history, rest, signal)).texts;
        for await (const text of texts) {
          const line = parseReplayLine(text);
          failures = 0;
          place = { ...place, [line.stream]: line.seq };
          if (line.time !== undefined) yield line as ReplayedLine;
        }
        return;
      } catch (error) {
        const pause = pauses[failures++];
        const isAway = error instanceof FleetError && error.code === "history-unavailable";
        if (!isAway || pause === undefined || signal.aborted) throw error;
        texts = undefined;
        await sleep(pause, undefined, { signal });
      }
    }
  } finally {
    await texts?.return();
  }
}

/** Lines without their line feeds. */
async function* split(parts: AsyncGenerator<string, void, undefined>): AsyncGenerator<string, void, undefined> {
  let rest = "";
  for await (const part of parts) {
    const lines = part.split("\n");
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
