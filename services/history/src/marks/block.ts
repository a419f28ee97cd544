import { setTimeout as sleep } from "node:timers/promises";
import type { EventLog } from "@fleetlog/log";
import { absentHash, entryHash } from "../proofs/entry-hash.ts";

export interface Block {
  /** One for each sequence of the block, in order. */
  readonly hashes: readonly Buffer[];
  readonly entries: number;
  /** The first sequence without an entry. */
  readonly absent: number | undefined;
}

/** Reads of a block with absent entries: a replica that is behind the stream's leader lacks entries for a short time. */
const READS = 3;

export interface BlockReading {
  readonly log: Pick<EventLog, "entries">;
  /** Milliseconds before a block with absent entries is read again. */
  readonly pauseMs: number;
}

/** The hashes of all entries between two sequences of FLEET. Reads again if entries are absent. */
export async function readBlock({ log, pauseMs }: BlockReading, firstSeq: number, lastSeq: number): Promise<Block> {
  for (let reads = 1; ; reads++) {
    const block = await readOnce(log, firstSeq, lastSeq);
    if (block.absent === undefined || reads === READS) return block;
    await sleep(pauseMs);
  }
}

async function readOnce(log: Pick<EventLog, "entries">, firstSeq: number, lastSeq: number): Promise<Block> {
  const found = new Map<number, Buffer>();
  for await (const entry of log.entries({ stream: "FLEET", fromSeq: firstSeq, toSeq: lastSeq })) {
    found.set(entry.seq, entryHash(entry));
  }
  const hashes: Buffer[] = [];
  let absent: number | undefined;
  for (let seq = firstSeq; seq <= lastSeq; seq++) {
    const hash = found.get(seq);
    if (hash === undefined) absent ??= seq;
    hashes.push(hash ?? absentHash(seq));
  }
  return { hashes, entries: found.size, absent };
}
