import { FleetError, type RecordedEvent, type StreamName } from "@fleetlog/domain";
import { type EventLog, KnownIds } from "@fleetlog/log";
import type { HistoryRecord } from "./record.ts";

/** Appends that wait for the log's answer. */
const IN_FLIGHT = 4_000;
const ANSWER_MS = 60_000;

export interface AppendTask {
  readonly log: Pick<EventLog, "append" | "read" | "state">;
  readonly stream: StreamName;
  readonly records: AsyncIterable<HistoryRecord>;
  readonly signal: AbortSignal;
  readonly onAppended: (events: number) => void;
}

/**
 * Appends the events of an export in their order, after those that an earlier run has appended.
 *
 * @returns the number of events in the stream
 * @throws Error of one line if the stream has other events, or another process appends
 */
export async function appendAll({ log, stream, records, signal, onAppended }: AppendTask): Promise<number> {
  const { firstSeq, lastSeq: stored } = await log.state(stream);
  if (stored > 0 && firstSeq !== 1) throw notEmpty(stream, stored);
  const ids = new KnownIds();
  const waiting: Promise<void>[] = [];
  let failed: unknown;
  let at = 0;
  for await (const { event } of records) {
    if (!ids.add(event.id)) continue;
    at += 1;
    if (at <= stored) {
      if (at === 1 || at === stored) await mustBe(log, stream, at, JSON.stringify(event));
      continue;
    }
    if (signal.aborted || failed !== undefined) {
      at -= 1;
      break;
    }
    const expected = at;
    const appended = log.append(event, { timeoutMs: ANSWER_MS }).then(({ seq }) => {
      if (seq !== expected)
        throw new Error(`${stream}: another process has appended events meanwhile; stop all others`);
      onAppended(expected);
    });
    waiting.push(
      appended.catch((error: unknown) => {
        failed ??= error;
      }),
    );
    if (waiting.length >= IN_FLIGHT) await waiting.shift();
  }
  await Promise.all(waiting);
  if (failed !== undefined) throw failed;
  if (at < stored) throw notEmpty(stream, stored);
  return at;
}

async function mustBe(log: Pick<EventLog, "read">, stream: StreamName, seq: number, expected: string): Promise<void> {
  for await (const event of log.read({ stream, fromSeq: seq, limit: 1 })) {
    if (event.seq === seq && storedText(event) === expected) return;
    throw new Error(`${stream} is not empty, and its event ${seq} is not that of the file: nothing was changed`);
  }
  throw new FleetError("log-unavailable", `${stream}: event ${seq} can't be read`);
}

function storedText({ seq: _, stream: __, ...event }: RecordedEvent): string {
  return JSON.stringify(event);
}

function notEmpty(stream: StreamName, events: number): Error {
  return new Error(
    `${stream} is not empty: it has ${events} events, and not those of the file. A history is imported into an ` +
      "installation that was never started: name another folder with --to",
  );
}
