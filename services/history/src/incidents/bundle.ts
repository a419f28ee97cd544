import type { KeyObject } from "node:crypto";
import { FleetError, type RecordedEvent } from "@fleetlog/domain";
import { decodeEvent, type EventLog, type StoredEntry } from "@fleetlog/log";
import type { HistoryMark } from "@fleetlog/protocol";
import type { MarkBucket } from "../marks/mark-bucket.ts";
import { absentHash, entryHash } from "../proofs/entry-hash.ts";
import { publicKeyText } from "../proofs/keys.ts";
import { proofOf, rootOf } from "../proofs/tree.ts";
import type { DuckSession } from "../store/duck.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import { DEVICE_PROJECTIONS } from "./device-rows.ts";
import { FORMAT } from "./format.ts";
import { LineWriter } from "./lines.ts";
import { type NamedRow, rowsHash } from "./rows-hash.ts";
import { messagesBetween, rowsAsOf, type SelectionOptions, seqsBetween } from "./selection.ts";
import { deviceTold, textOf } from "./text.ts";

export interface BundleSource {
  readonly log: Pick<EventLog, "entries">;
  readonly marks: Pick<MarkBucket, "get" | "numberOf" | "firstSeqOf" | "lastSeqOf">;
  readonly fleet: StoredHistory;
  /** Has the messages to channels; undefined: the bundle contains no messages. */
  readonly deliveries: StoredHistory | undefined;
  readonly session: DuckSession;
  readonly key: KeyObject;
}

export interface BundleSpan {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Time of the event before the span; undefined at the beginning of the log. */
  readonly from: string | undefined;
  readonly to: string;
  /** Sorted, without repeats. */
  readonly devices: readonly string[];
}

/** Maximum number of bytes in one bundle. */
const MAX_BYTES = 512 * 1024 ** 2;

/**
 * The text of a bundle, in parts. The same span and devices give the same text, until events get a mark.
 * @throws FleetError `invalid-request` for too many rows or events, `conflict` if the log differs from its marks
 */
export async function* bundle(source: BundleSource, span: BundleSpan): AsyncGenerator<string> {
  const { fleet, session, key, deliveries } = source;
  const { firstSeq, lastSeq, devices, from, to } = span;
  const selection = { store: fleet, session, devices };
  const last = await rowsSum(selection, lastSeq);
  const lines = new LineWriter();
  const projections = Object.fromEntries(DEVICE_PROJECTIONS.map(({ name, version }) => [name, version]));
  const head = { firstSeq, lastSeq, ...(from !== undefined && { from }), to, devices: [...devices], projections };
  lines.add({ kind: "incident", format: FORMAT, ...head, key: publicKeyText(key) });
  const seqs = await addRows(lines, selection, span);
  const { marks } = source;
  for (let number = marks.numberOf(firstSeq); number <= marks.numberOf(lastSeq); number++) {
    // One part for each block: the reader waits only some seconds for a part, even if few events match.
    yield* lines.parts();
    await addBlock(source, lines, number, span, seqs);
    if (lines.bytes > MAX_BYTES)
      throw new FleetError("payload-too-large", "the bundle would be too large; ask for less");
  }
  if (deliveries !== undefined) {
    const told = await messagesBetween({ ...selection, store: deliveries }, { from: from ?? "", to });
    for await (const { entry, event, payload } of eventsOf(source.log, "DELIVERY", told)) {
      lines.add({
        kind: "told",
        seq: entry.seq,
        subject: entry.subject,
        payload,
        text: textOf(event, deviceTold(event)),
      });
    }
  }
  lines.add({ kind: "end", events: seqs.size, ...last });
  lines.sign(key);
  yield* lines.parts();
}

async function rowsSum(selection: SelectionOptions, seq: number): Promise<{ rows: number; sha256: string }> {
  const rows = await rowsAsOf(selection, seq);
  return { rows: rows.length, sha256: rowsHash(rows) };
}

/** Adds the rows as of the event before the span. Returns the sequences of the span's events. */
async function addRows(
  lines: LineWriter,
  selection: SelectionOptions,
  { firstSeq, lastSeq }: BundleSpan,
): Promise<ReadonlySet<number>> {
  const rows = await rowsAsOf(selection, firstSeq - 1);
  for (const row of rows) lines.add({ kind: "row", ...row });
  return await seqsBetween(selection, { firstSeq, lastSeq, gateways: gatewaysOf(rows) });
}

async function addBlock(
  { log, marks }: BundleSource,
  lines: LineWriter,
  number: number,
  { firstSeq: from, lastSeq: to }: BundleSpan,
  seqs: ReadonlySet<number>,
): Promise<void> {
  const found = await marks.get(number);
  if (found === "unreadable") throw changed(marks.firstSeqOf(number), marks.lastSeqOf(number));
  const mark = found ?? null;
  const [firstSeq, lastSeq] = [marks.firstSeqOf(number), marks.lastSeqOf(number)];
  lines.add({ kind: "block", firstSeq, lastSeq, mark });
  // Without a mark there is nothing to prove, so only the span is read.
  const range =
    mark === null
      ? { fromSeq: Math.max(from, firstSeq), toSeq: Math.min(to, lastSeq) }
      : { fromSeq: firstSeq, toSeq: lastSeq };
  const hashes = new Map<number, Buffer>();
  for await (const entry of log.entries({ stream: "FLEET", ...range })) {
    if (mark !== null) hashes.set(entry.seq, entryHash(entry));
    if (!seqs.has(entry.seq)) continue;
    const { event, payload } = decoded(entry, "FLEET");
    lines.add({ kind: "event", seq: entry.seq, subject: entry.subject, payload, text: textOf(event) });
  }
  if (mark !== null) lines.add({ kind: "proof", hashes: proofFor(mark, hashes, seqs) });
}

function proofFor(mark: HistoryMark, found: ReadonlyMap<number, Buffer>, seqs: ReadonlySet<number>): string[] {
  const { firstSeq, lastSeq, root } = mark;
  const hashes: Buffer[] = [];
  const indexes: number[] = [];
  for (let seq = firstSeq; seq <= lastSeq; seq++) {
    if (seqs.has(seq)) indexes.push(hashes.length);
    hashes.push(found.get(seq) ?? absentHash(seq));
  }
  if (rootOf(hashes).toString("hex") !== root) throw changed(firstSeq, lastSeq);
  return proofOf(hashes, indexes).map((hash) => hash.toString("hex"));
}

interface Decoded {
  readonly entry: StoredEntry;
  readonly event: RecordedEvent;
  readonly payload: string;
}

async function* eventsOf(
  log: Pick<EventLog, "entries">,
  stream: "DELIVERY",
  seqs: ReadonlySet<number>,
): AsyncGenerator<Decoded> {
  const [fromSeq, toSeq] = [Math.min(...seqs), Math.max(...seqs)];
  if (seqs.size === 0) return;
  // The stream may have dropped some of these entries.
  for await (const entry of log.entries({ stream, fromSeq, toSeq })) {
    if (seqs.has(entry.seq)) yield { entry, ...decoded(entry, stream) };
  }
}

function decoded({ bytes, subject, seq }: StoredEntry, stream: "FLEET" | "DELIVERY"): Omit<Decoded, "entry"> {
  const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  const event = decodeEvent(payload, subject, seq, stream);
  if (event === undefined) throw changed(seq, seq);
  return { event, payload };
}

function gatewaysOf(rows: readonly NamedRow[]): string[] {
  const gateways = new Set<string>();
  for (const { projection: name, row } of rows) {
    const projection = DEVICE_PROJECTIONS.find((one) => one.name === name);
    const gateway = projection?.columns.find((column) => column.name === "gateway")?.of(row as never);
    if (typeof gateway === "string") gateways.add(gateway);
  }
  return [...gateways];
}

function changed(firstSeq: number, lastSeq: number): FleetError {
  return new FleetError("conflict", `the log from ${firstSeq} to ${lastSeq} differs from its mark`, {
    advice: "GET /api/history/marks/check says what is wrong. Keep a copy of the store of nats-server.",
  });
}
