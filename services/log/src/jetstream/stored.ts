import { isCategory, streamOf } from "@fleetlog/domain";
import { whenSynced } from "./direct.ts";
import type { Fetcher } from "./fetch.ts";
import type { Link } from "./link.ts";
import type { PendingAppend } from "./pending.ts";

const WINDOW = { maxEntries: 50_000, maxBytes: 32 * 1024 * 1024 } as const;

/**
 * Finds appends that are already stored, when the server may have forgotten their ids. Resolves with their sequences,
 * by id, once they are on disk. All appends must be of one stream. Reads only headers, from the earliest sequence at which one of the appends
 * can be.
 */
export async function findStored(
  link: Link,
  fetcher: Fetcher,
  appends: readonly PendingAppend[],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const [first] = appends;
  const category = first?.subject.split(".")[1];
  if (first === undefined || !isCategory(category)) return found;
  const wanted = new Set(appends.map(({ id }) => id));
  const filter = appends.every(({ subject }) => subject === first.subject) ? first.subject : undefined;
  let seq = Math.min(...appends.map(({ afterSeq, expectedLastSeq }) => Math.max(afterSeq, expectedLastSeq ?? 0))) + 1;
  for (;;) {
    const window = await fetcher.window({
      stream: streamOf(category),
      filter,
      start: { seq },
      upTo: Number.MAX_SAFE_INTEGER,
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
  await whenSynced(link, streamOf(category));
  return found;
}
