import { FleetError } from "@fleetlog/domain";
import type { SeqRange } from "../missing.ts";
import { ERR_CODE, JetStreamApiFailure } from "./api-error.ts";
import type { Link } from "./link.ts";

const ATTEMPTS = 3;

interface Info {
  readonly state: {
    readonly messages: number;
    readonly first_seq: number;
    readonly last_seq: number;
    readonly deleted?: readonly number[] | null;
  };
}

/**
 * After a power cut, nats-server 2.9 may acknowledge events into a store that never returns them.
 * @param onMissing called for each range that the server lists as deleted
 * @throws FleetError `log-unavailable` if the newest entry can't be read
 */
export async function verifyNewest(
  link: Link,
  stream: string,
  onMissing: (from: number, to: number) => void,
  retryForMs?: number,
): Promise<void> {
  let seq = 0;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { state } = await link.api<Info>(`$JS.API.STREAM.INFO.${stream}`, { deleted_details: true }, retryForMs);
    seq = state.last_seq;
    // nats-server 2.15 may list sequence 0 while it stores the first entries.
    const deleted = (state.deleted ?? []).filter((one) => one > 0);
    for (const { from, to } of rangesOf(deleted)) onMissing(from, to);
    if (seq === 0 || state.first_seq > seq) return;
    if (await hasEntry(link, stream, seq, retryForMs)) return;
  }
  throw damaged(stream, seq);
}

/** Waits for another leader at most this long. */
const ELECTION_MS = 30_000;

interface Cluster {
  readonly cluster?: {
    readonly leader?: string;
    readonly replicas?: readonly { readonly name: string; readonly current: boolean }[];
  };
}

/**
 * As {@link verifyNewest}. In a cluster, if the newest entry can't be read, the leader hands over to another server, whose
 * copy may be whole: after a `kill -9` of all servers, nats-server 2.15 may be unable to read the newest entries of one copy.
 * @param mayHandOver false if this process may not change the leader
 */
export async function verifyOrHandOver(
  link: Link,
  stream: string,
  onMissing: (from: number, to: number) => void,
  { mayHandOver, retryForMs }: { readonly mayHandOver: boolean; readonly retryForMs?: number | undefined },
): Promise<void> {
  const tried = new Set<string | undefined>();
  for (;;) {
    try {
      return await verifyNewest(link, stream, onMissing, retryForMs);
    } catch (error) {
      if (!mayHandOver || !isDamage(error)) throw error;
      const { cluster } = await link.api<Cluster>(`$JS.API.STREAM.INFO.${stream}`, {}, ELECTION_MS);
      tried.add(cluster?.leader);
      const next = cluster?.replicas?.find(({ name, current }) => current && !tried.has(name));
      if (next === undefined) throw error;
      const fields = { err: error, stream, leader: cluster?.leader, next: next.name };
      link.logger.error(fields, "the leader's copy of the stream is damaged; another server shall lead");
      // Before 2.11, the server chooses the next leader.
      const wish = { placement: { preferred: next.name } };
      await link.api(`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`, wish, ELECTION_MS);
      tried.add(next.name);
    }
  }
}

/** Only this error of the log has advice. */
export function isDamage(error: unknown): error is FleetError {
  return error instanceof FleetError && error.advice !== undefined;
}

function rangesOf(seqs: readonly number[]): readonly SeqRange[] {
  const ranges: { from: number; to: number }[] = [];
  for (const seq of seqs) {
    const last = ranges.at(-1);
    if (last?.to === seq - 1) last.to = seq;
    else ranges.push({ from: seq, to: seq });
  }
  return ranges;
}

/** The longest distance between two probes. A readable part between damaged parts is found if it is longer. */
const MAX_STEP = 1_024;

/**
 * Returns `lastSeq` + 1 if no entry is readable. A consumer of nats-server 2.15 stays for ever before a damaged
 * compressed block.
 */
export async function firstReadable(link: Link, stream: string, from: number, lastSeq: number): Promise<number> {
  if (from > lastSeq || (await hasEntry(link, stream, from))) return from;
  let missing = from;
  let readable = lastSeq + 1;
  for (let step = 1; missing + step <= lastSeq; step = Math.min(step * 2, MAX_STEP)) {
    if (await hasEntry(link, stream, missing + step)) {
      readable = missing + step;
      break;
    }
    missing += step;
  }
  while (readable - missing > 1) {
    const middle = Math.floor((missing + readable) / 2);
    if (middle <= lastSeq && (await hasEntry(link, stream, middle))) readable = middle;
    else missing = middle;
  }
  return readable;
}

async function hasEntry(link: Link, stream: string, seq: number, retryForMs?: number): Promise<boolean> {
  try {
    await link.api(`$JS.API.STREAM.MSG.GET.${stream}`, { seq }, retryForMs);
    return true;
  } catch (error) {
    if (error instanceof JetStreamApiFailure && error.body.err_code === ERR_CODE.messageNotFound) return false;
    throw error;
  }
}

function damaged(stream: string, seq: number): FleetError {
  return new FleetError(
    "log-unavailable",
    `the newest entry of ${stream}, sequence ${seq}, can't be read: nats-server's store is damaged, as after a power cut`,
    {
      advice:
        "Events that nats-server stored now could not be read later, so no event is accepted. Stop everything and copy nats-server's store; then start nats-server 2.15, which cuts the store after the last entry that it can read, or restore a backup.",
    },
  );
}
