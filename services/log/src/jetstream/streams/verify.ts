import { FleetError } from "@fleetlog/domain";
import type { SeqRange } from "../../missing.ts";
import { ERR_CODE, JetStreamApiFailure } from "../connection/api-error.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { streamInfo } from "./stream-info.ts";

const ATTEMPTS = 3;

export type OnMissing = (from: number, to: number) => void;

interface Info {
  readonly state: {
    readonly messages: number;
    readonly first_seq: number;
    readonly last_seq: number;
    readonly deleted?: readonly number[] | null;
  };
}

/**
 * Checks that the stream's newest entry can be read: after a power cut, nats-server 2.9 may acknowledge events into a
 * store that never returns them.
 * @param onMissing called for each range that the server lists as deleted
 * @throws DamagedStore if the newest entry can't be read; FleetError `log-unavailable`
 */
export async function verifyNewest(
  connection: ServerConnection,
  stream: string,
  onMissing: OnMissing,
  retryForMs?: number,
): Promise<void> {
  let seq = 0;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { state } = await streamInfo<Info>(connection, stream, { deleted_details: true }, retryForMs);
    seq = state.last_seq;
    // nats-server 2.15 may list sequence 0 while it stores the first entries.
    const deleted = (state.deleted ?? []).filter((one) => one > 0);
    for (const { from, to } of rangesOf(deleted)) onMissing(from, to);
    if (seq === 0 || state.first_seq > seq) return;
    if (await hasEntry(connection, stream, seq, retryForMs)) return;
  }
  throw new DamagedStore(stream, seq);
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

/** The longest distance between two probes. Longer readable parts between damaged parts are always found. */
const MAX_STEP = 1_024;

/**
 * The first sequence from `from` on with a readable entry; `lastSeq` + 1 if there is none. A consumer of nats-server
 * 2.15 stays for ever before a damaged compressed block.
 */
async function firstReadable(
  connection: ServerConnection,
  stream: string,
  from: number,
  lastSeq: number,
): Promise<number> {
  if (from > lastSeq || (await hasEntry(connection, stream, from))) return from;
  let missing = from;
  let readable = lastSeq + 1;
  for (let step = 1; missing + step <= lastSeq; step = Math.min(step * 2, MAX_STEP)) {
    if (await hasEntry(connection, stream, missing + step)) {
      readable = missing + step;
      break;
    }
    missing += step;
  }
  while (readable - missing > 1) {
    const middle = Math.floor((missing + readable) / 2);
    if (middle <= lastSeq && (await hasEntry(connection, stream, middle))) readable = middle;
    else missing = middle;
  }
  return readable;
}

export async function hasEntry(
  connection: ServerConnection,
  stream: string,
  seq: number,
  retryForMs?: number,
): Promise<boolean> {
  try {
    await connection.api(`$JS.API.STREAM.MSG.GET.${stream}`, { seq }, retryForMs);
    return true;
  } catch (error) {
    if (error instanceof JetStreamApiFailure && error.body.err_code === ERR_CODE.messageNotFound) return false;
    throw error;
  }
}

/**
 * Whether a stream's leader has not applied all entries up to this sequence yet. Before 2.11, a nats-server that has just been
 * elected answers reads before it has applied what was committed earlier. The stream's last sequence counts entries that
 * expired or were deleted, too.
 * @throws FleetError `log-unavailable`
 */
export async function isLeaderBehind(connection: ServerConnection, stream: string, seq: number): Promise<boolean> {
  const { state } = await streamInfo<Info>(connection, stream);
  return state.last_seq < seq;
}

/**
 * As {@link firstReadable}; undefined while the leader has not applied all entries up to `lastSeq` yet, because it may lack
 * entries only until then.
 * @throws FleetError `log-unavailable`
 */
export async function firstKept(
  connection: ServerConnection,
  stream: string,
  from: number,
  lastSeq: number,
): Promise<number | undefined> {
  if ((await firstReadable(connection, stream, from, lastSeq)) === from) return from;
  if (await isLeaderBehind(connection, stream, lastSeq)) return undefined;
  // The leader may have applied the entries between the two answers.
  return firstReadable(connection, stream, from, lastSeq);
}

/**
 * Whether the leader lacks all these entries for good. With replicas, a read may be from a damaged copy, which can lack more
 * than the leader's.
 * @throws FleetError `log-unavailable`
 */
export async function leaderLacks(
  connection: ServerConnection,
  stream: string,
  from: number,
  to: number,
): Promise<boolean> {
  return ((await firstKept(connection, stream, from, to)) ?? from) > to;
}

/** As {@link leaderLacks}; false also if the leader can't be asked. */
export async function surelyLacks(
  connection: ServerConnection,
  stream: string,
  from: number,
  to: number,
): Promise<boolean> {
  try {
    return await leaderLacks(connection, stream, from, to);
  } catch (error) {
    connection.logger.warn(
      { err: error, stream, from, to },
      "could not ask the leader for entries that a replica lacks",
    );
    return false;
  }
}

const ADVICE =
  'Events that nats-server stored now could not be read later, so no event is accepted. Stop everything and copy nats-server\'s store; then start nats-server 2.15, which cuts the store after the last entry that it can read, or restore a backup. For a cluster, see "Damaged copies in a cluster" in infra/docs/operating.md.';

export class DamagedStore extends FleetError {
  readonly seq: number;

  constructor(stream: string, seq: number, entry = "the newest entry") {
    super(
      "log-unavailable",
      `${entry} of ${stream}, sequence ${seq}, can't be read: nats-server's store is damaged, as after a power cut`,
      { advice: ADVICE },
    );
    this.seq = seq;
  }
}
