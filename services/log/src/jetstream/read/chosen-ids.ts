import type { ServerConnection } from "../connection/server-connection.ts";
import { fromLeader } from "./direct.ts";
import type { FetchedEntry, Fetcher, FetchOptions } from "./fetch.ts";

/** More wanted entries of a window than this are read together, with the entries between them. */
const MAX_GETS = 32;

export interface ChosenEntry {
  readonly message: Pick<FetchedEntry["message"], "subject" | "string" | "data">;
  readonly info: Pick<FetchedEntry["info"], "seq" | "storedAt">;
}

/**
 * The entries of a window whose ids pass, and those without an id. It reads the headers of all entries, but the
 * payloads of few entries that are not wanted.
 */
export async function windowOfIds(
  connection: ServerConnection,
  fetcher: Fetcher,
  options: FetchOptions,
  ids: (id: string) => boolean,
): Promise<{ readonly entries: readonly ChosenEntry[]; readonly through: number }> {
  const passes = ({ message }: FetchedEntry): boolean => {
    const id = message.headers?.get("Nats-Msg-Id") || undefined;
    return id === undefined || ids(id);
  };
  const { entries, through } = await fetcher.window({ ...options, headersOnly: true });
  const wanted = entries.filter(passes);
  const [first, last] = [wanted[0], wanted.at(-1)];
  if (first === undefined || last === undefined) return { entries: [], through };
  const { stream } = options;
  if (wanted.length <= MAX_GETS) {
    const read = await Promise.all(wanted.map((entry) => storedEntry(connection, stream, entry)));
    const found = read.flatMap((entry) => entry ?? []);
    if (found.length === wanted.length) return { entries: found, through };
    // An entry has expired, or the leader lacks it, because the leader's copy is damaged or the leader was just elected.
    // In the last two cases a replica may have the entry, so a window is read.
  }
  // With replicas, another server may answer than the one that sent the headers, and may be behind it.
  const upTo = last.info.seq;
  const lastMatch = options.lastMatch === undefined ? undefined : upTo;
  const whole = await fetcher.window({ ...options, start: { seq: first.info.seq }, upTo, lastMatch });
  return { entries: whole.entries.filter(passes), through: whole.through >= upTo ? through : whole.through };
}

/** From the stream's leader; undefined if it does not have the entry. */
async function storedEntry(
  connection: ServerConnection,
  stream: string,
  { message: { subject }, info }: FetchedEntry,
): Promise<ChosenEntry | undefined> {
  const stored = await fromLeader(connection, stream, { seq: info.seq });
  if (stored === undefined) return undefined;
  return { message: { subject, string: () => stored.json, data: Buffer.from(stored.json) }, info };
}
