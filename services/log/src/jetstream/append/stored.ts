import { isCategory, type StreamName, streamOf } from "@fleetlog/domain";
import type { ServerConnection } from "../connection/server-connection.ts";
import { lastMessage, whenSynced } from "../read/direct.ts";
import type { Fetcher } from "../read/fetch.ts";
import { streamState } from "../streams/streams.ts";
import type { PendingAppend } from "./pending.ts";

const WINDOW = { maxEntries: 50_000, maxBytes: 32 * 1024 * 1024 } as const;

/**
 * Finds which appends of one stream are stored. Resolves with sequences by id, once the entries are on disk.
 * @throws FleetError `log-unavailable` if the log can't be read to its end
 */
export async function findStored(
  connection: ServerConnection,
  fetcher: Pick<Fetcher, "window">,
  appends: readonly PendingAppend[],
  replicas: (stream: StreamName) => number,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const [first] = appends;
  const category = first?.subject.split(".")[1];
  if (first === undefined || !isCategory(category)) return found;
  const stream = streamOf(category);
  const wanted = new Set(appends.map(({ id }) => id));
  const isOneSubject = appends.every(({ subject }) => subject === first.subject);
  let seq = Math.min(...appends.map(({ afterSeq, expectedLastSeq }) => Math.max(afterSeq, expectedLastSeq ?? 0))) + 1;
  // Without a filter, the stream's last entry shows whether a replica has all entries.
  const end = replicas(stream) === 1 ? undefined : await streamState(connection, stream);
  if (end !== undefined && (end.events === 0 || end.lastSeq < seq)) return found;
  for (;;) {
    const window = await fetcher.window({
      stream,
      filter: isOneSubject && end === undefined ? first.subject : undefined,
      start: { seq },
      upTo: Number.MAX_SAFE_INTEGER,
      lastMatch: end?.lastSeq,
      whole: end !== undefined,
      headersOnly: true,
      ...WINDOW,
    });
    for (const { message, info } of window.entries) {
      const id = message.headers?.get("Nats-Msg-Id");
      if (id !== undefined && wanted.delete(id)) found.set(id, info.seq);
    }
    if (wanted.size === 0 || window.through === Number.MAX_SAFE_INTEGER) break;
    seq = window.through + 1;
  }
  await whenSynced(connection, stream);
  return found;
}

/**
 * Whether an earlier attempt of an append may still be stored, although a later one was refused. A single server takes messages
 * in the order in which they were sent. A cluster may store the earlier attempt later, unless an event follows the expected
 * one: then the leader accepts no attempt any more.
 * @throws FleetError `log-unavailable`
 */
export async function mayFollow(
  connection: ServerConnection,
  { attempts, subject, expectedLastSeq }: PendingAppend,
  replicas: (stream: StreamName) => number,
): Promise<boolean> {
  const category = subject.split(".")[1];
  if (attempts < 2 || !isCategory(category)) return false;
  const stream = streamOf(category);
  const copies = replicas(stream);
  if (copies === 1) return false;
  if (expectedLastSeq === undefined) return true;
  const newest = await lastMessage(connection, stream, subject, copies);
  return (newest?.seq ?? 0) === expectedLastSeq;
}
