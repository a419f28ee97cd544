import type { StoredEntry } from "@fleetlog/log";
import { streamNotFoundMessage } from "../messages/read-response.ts";
import type { Source } from "../streams/names.ts";
import type { Call } from "./call.ts";
import { newestOf, seqOfRevision } from "./places.ts";
import { scan, type Taken } from "./scan.ts";

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Answers a read of a stream or of `$all`, up to what is stored when it begins. */
export async function answerRead(call: Call): Promise<void> {
  const { source, outlet, request } = call;
  if (source === undefined) {
    outlet.post(streamNotFoundMessage(request.stream ?? ""));
    return;
  }
  const last = (await call.library.log.state(source.stream)).lastSeq;
  await call.prepare();
  const range = await rangeOf(call, source, last);
  const seen = await sendEvents(call, source, range);
  if (source.kind === "all" || seen || call.signal.aborted) return;
  if (!(await exists(call, source, last))) outlet.post(streamNotFoundMessage(source.name ?? ""));
}

async function rangeOf(call: Call, source: Source, last: number): Promise<Range> {
  const { from, backwards } = call.request;
  const { library, signal } = call;
  const fleet = source.stream === "FLEET";
  if (backwards) {
    await library.reached(source.stream, last, signal);
    if (from === "end") return { from: last, to: 1 };
    if (source.kind === "all") return { from: Math.min(last, from === "start" ? 0 : from - 1), to: 1 };
    const revision = from === "start" ? 0 : from;
    const next = await seqOfRevision(library, source, revision + 1, last);
    return { from: Math.min(last, next - 1), to: 1 };
  }
  if (from === "start") return { from: 1, to: last };
  if (from === "end") return { from: last + 1, to: last };
  if (source.kind === "all") return { from: Math.max(1, from), to: last };
  if (fleet && from > 0) await library.reached("FLEET", last, signal);
  return { from: Math.max(1, await seqOfRevision(library, source, from, last)), to: last };
}

/** @returns whether the key may see an event of the range */
async function sendEvents(call: Call, source: Source, { from, to }: Range): Promise<boolean> {
  const { library, signal, request, grant } = call;
  let left = request.count ?? 0;
  let seen = false;
  if (left === 0) return true;
  const take = (stored: StoredEntry): Taken => {
    const entry = library.storedEntryOf(stored, source.stream);
    if (entry === undefined || call.isVisible?.(entry) === false) return undefined;
    seen = true;
    if (!call.isWanted(entry)) return undefined;
    left -= 1;
    const blocked = call.send(source, entry);
    return left === 0 ? "stop" : blocked;
  };
  const common = { log: library.log, slots: library.slots, source, signal, take, pause: () => grant.fresh() };
  if (request.backwards) {
    await scan({ ...common, backwards: true, from, to });
    return seen;
  }
  // The index of ordinals, or the list of repeats, may still be incomplete.
  for (let next = from; next <= to && left > 0 && !signal.aborted; ) {
    await library.reached(source.stream, next, signal);
    const through = Math.min(to, library.readableTo(source.stream));
    await scan({ ...common, from: next, to: through });
    next = through + 1;
  }
  return seen;
}

/** Whether the stream has an event that the key sees. */
async function exists(call: Call, source: Source, last: number): Promise<boolean> {
  const { library, signal } = call;
  if (call.isVisible === undefined) return (await newestOf(library, source)) !== undefined;
  await library.reached(source.stream, last, signal);
  let found = false;
  await scan({
    log: library.log,
    slots: library.slots,
    source,
    signal,
    from: 1,
    to: last,
    pause: () => call.grant.fresh(),
    take: (stored) => {
      const entry = library.storedEntryOf(stored, source.stream);
      found = entry !== undefined && call.isVisible?.(entry) !== false;
      return found ? "stop" : undefined;
    },
  });
  return found;
}
