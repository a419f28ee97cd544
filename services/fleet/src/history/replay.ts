import { isLimited } from "@fleetlog/domain";
import {
  parseReplayLine,
  REPLAY,
  type ReplayHead,
  type ReplayLine,
  type ReplayPlace,
  type ReplayRequest,
} from "@fleetlog/protocol";
import type { History } from "./history.ts";
import { PAUSES, resumed } from "./resumed.ts";

/** A line with an event. */
export interface ReplayedLine extends ReplayLine {
  readonly time: number;
}

export interface OpenedReplay {
  readonly head: ReplayHead;
  /** Made as they are read. Returning early ends the answer. */
  readonly lines: AsyncGenerator<ReplayedLine, void, undefined>;
}

/**
 * The events of a span in the order of time. If the historian ends, or has dropped the answer because nobody read it,
 * the rest is requested again.
 *
 * @param signal ends the answer, even if its lines were not read
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

function linesOf(
  history: Pick<History, "read">,
  request: ReplayRequest,
  { head, texts }: Begun,
  signal: AbortSignal,
  pauses: readonly number[],
): OpenedReplay["lines"] {
  let place: ReplayPlace = request.after ?? head.place;
  return resumed({
    first: texts,
    read(text) {
      const line = parseReplayLine(text);
      place = { ...place, [line.stream]: line.seq };
      return line.time === undefined ? undefined : (line as ReplayedLine);
    },
    async rest() {
      const rest = { ...request, to: request.to ?? head.to.at, after: place };
      return (await begin(history, rest, signal)).texts;
    },
    signal,
    pauses,
  });
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
