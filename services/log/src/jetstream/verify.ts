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
 * Reads a stream's newest entry back. After a power cut, nats-server 2.9 can go on with a store whose end is damaged: it
 * acknowledges events that can never be read.
 *
 * @param onMissing called for each range of sequences that the server itself knows to be missing
 * @throws FleetError `log-unavailable` if the newest entry can't be read, with the reason and the remedy
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
    // While the first entries are being stored, nats-server 2.15 may list sequence 0, which no entry has.
    const deleted = (state.deleted ?? []).filter((one) => one > 0);
    for (const { from, to } of rangesOf(deleted)) onMissing(from, to);
    // The stream is empty: its last entry expired, or there never was one.
    if (seq === 0 || state.first_seq > seq) return;
    if (await hasEntry(link, stream, seq, retryForMs)) return;
  }
  throw damaged(stream, seq);
}

/** @param seqs in order */
function rangesOf(seqs: readonly number[]): readonly SeqRange[] {
  const ranges: { from: number; to: number }[] = [];
  for (const seq of seqs) {
    const last = ranges.at(-1);
    if (last?.to === seq - 1) last.to = seq;
    else ranges.push({ from: seq, to: seq });
  }
  return ranges;
}

/** The longest distance between two probes: a readable part between two damaged parts is found if it is longer. */
const MAX_STEP = 1_024;

/**
 * The first sequence from `from` to `lastSeq` that can be read; `lastSeq` + 1 if there is none. A consumer of nats-server 2.15 stays
 * for ever before a compressed block that is damaged, so a subscription has to start after it.
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
