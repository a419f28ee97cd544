import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { Readable } from "node:stream";
import type { RecordedEvent } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { projectionsOf, streamOfProjection, VIEWS } from "@fleetlog/projections/folding";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KnownMarkFile } from "../marks/known-mark.ts";
import { MarkBucket } from "../marks/mark-bucket.ts";
import { Marker } from "../marks/marker.ts";
import { Problems } from "../marks/problems.ts";
import { publicKeyText } from "../proofs/keys.ts";
import type { DuckSession } from "../store/duck.ts";
import { HistoryStore } from "../store/history-store.ts";
import { ofStream, randomHistory } from "../testing/random-history.ts";
import { feed, silent, workspace } from "../testing/stores.ts";
import { type BundleSource, bundle } from "./bundle.ts";
import type { EventLine, IncidentLine } from "./format.ts";
import { LineWriter } from "./lines.ts";
import { reportOf } from "./verify/report.ts";
import { verifyBundle } from "./verify/verify.ts";

const SPAN = 100;
const DEVICES = 8;
const keys = generateKeyPairSync("ed25519");

let space: Awaited<ReturnType<typeof workspace>>;
let fleet: HistoryStore;
let deliveries: HistoryStore;
let session: DuckSession;
let source: BundleSource;
let history: readonly RecordedEvent[];
let devices: readonly string[];

beforeAll(async () => {
  space = await workspace();
  const all = randomHistory(DEVICES, 700, 5);
  history = ofStream(all, "FLEET");
  devices = [
    ...new Set(
      history.flatMap(({ type, data }) => (type === "DeviceRegistered" ? [(data as { device: string }).device] : [])),
    ),
  ];
  const { server, log, buckets } = memoryBackbone();
  for (const { seq, stream, ...event } of all) {
    const entry = {
      id: `${stream} ${seq}`,
      subject: event.subject,
      json: JSON.stringify(event),
      expectedLastSeq: undefined,
    };
    expect(server.stream(stream).append(entry)).toMatchObject({ seq });
  }
  const open = (stream: "FLEET" | "DELIVERY") => {
    const projections = projectionsOf(VIEWS).filter((one) => streamOfProjection(one) === stream);
    const options = {
      directory: `${space.directory}/${stream}`,
      stream,
      projections,
      duck: space.duck,
      logger: silent,
    };
    return HistoryStore.open({ ...options, sealEvery: 400, baseEvery: 300 });
  };
  [fleet, deliveries] = [await open("FLEET"), await open("DELIVERY")];
  await feed(fleet, history);
  await feed(deliveries, ofStream(all, "DELIVERY"));
  session = await space.duck.connect();
  const marks = new MarkBucket(buckets, SPAN);
  const known = new KnownMarkFile(`${space.directory}/known.json`);
  const marker = new Marker({ log, bucket: marks, known, problems: new Problems(silent), pauseMs: 1 });
  while (await marker.next(fleet.seq, keys));
  source = { log, marks, fleet, deliveries, session, key: keys.privateKey };
}, 60_000);
afterAll(async () => {
  session.close();
  await fleet.close();
  await deliveries.close();
  space.remove();
});

async function textOfBundle(
  firstSeq: number,
  lastSeq: number,
  some: readonly string[],
  from = source,
): Promise<string> {
  const at = (seq: number) => history.find((event) => event.seq === seq)?.time;
  const span = { firstSeq, lastSeq, from: at(firstSeq - 1), to: at(lastSeq) ?? "", devices: [...some].sort() };
  let text = "";
  for await (const part of bundle(from, span)) text += part;
  return text;
}

const verified = (text: string | Uint8Array, key?: string) => verifyBundle(Readable.from([Buffer.from(text)]), key);
const linesIn = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as IncidentLine);

/** Signs the lines again, without their own signature. */
function signed(lines: readonly IncidentLine[], key: KeyObject = keys.privateKey): string {
  const writer = new LineWriter();
  for (const line of lines) if (line.kind !== "signature") writer.add(line);
  writer.sign(key);
  return [...writer.parts()].join("");
}

describe("a bundle", () => {
  it("has all events that the projections need to build the same rows, for any span and devices", async () => {
    const last = history.length;
    const spans = [
      [1, last],
      [1, 1],
      [99, 101],
      [250, 640],
      [last - 150, last],
    ] as const;
    for (const [i, [first, end]] of spans.entries()) {
      const some = devices.filter((_, n) => n % (i + 1) === 0);
      const text = await textOfBundle(first, end, some);
      const { head, unmarked } = await verified(text, publicKeyText(keys.publicKey));
      expect(head).toMatchObject({ firstSeq: first, lastSeq: end, devices: [...some].sort() });
      const newestMark = last - (last % SPAN);
      const inText = linesIn(text).flatMap((line) => (line.kind === "event" ? [line.seq] : []));
      expect(unmarked).toBe(inText.filter((seq) => seq > newestMark).length);
    }
  }, 60_000);

  it("is refused if any one of its events is removed", async () => {
    const text = await textOfBundle(250, 640, devices);
    const lines = linesIn(text);
    const changed = lines.flatMap((line) => (line.kind === "event" ? [line.seq] : []));
    expect(changed.length).toBeGreaterThan(100);
    for (const line of lines.filter(({ kind }) => kind === "event").slice(0, 20)) {
      const without = signed(
        lines
          .filter((one) => one !== line)
          .map((one) => (one.kind === "end" ? { ...one, events: one.events - 1 } : one)),
      );
      await expect(verified(without)).rejects.toMatchObject({ name: "Refusal" });
    }
  });

  it("has the same text each time", async () => {
    expect(await textOfBundle(50, 320, devices)).toBe(await textOfBundle(50, 320, devices));
  });

  it("is refused after any byte is changed", async () => {
    const text = Buffer.from(await textOfBundle(180, 330, devices.slice(0, 3)));
    const places = [0, 1, text.length - 1, text.length - 2, text.length - 4];
    for (let at = 7; at < text.length; at += Math.ceil(text.length / 60)) places.push(at);
    for (const at of places) {
      for (const bit of [1, 32]) {
        const changed = Buffer.from(text);
        changed.writeUInt8(text.readUInt8(at) ^ bit, at);
        await expect(verified(changed), `byte ${at}`).rejects.toMatchObject({ name: "Refusal" });
      }
    }
  });

  it("is refused if it is cut, or if text is appended", async () => {
    const text = await textOfBundle(180, 330, devices.slice(0, 3));
    for (const other of [
      "",
      text.slice(0, -1),
      text.slice(0, text.lastIndexOf('{"kind":"signature"')),
      `${text}\n`,
      `${text}{}\n`,
      "{}\n",
      "hello\n",
    ]) {
      await expect(verified(other)).rejects.toMatchObject({ name: "Refusal" });
    }
  });

  it("proves that its events are in the marked log: even the holder of the key can't forge one", async () => {
    const lines = linesIn(await textOfBundle(180, 330, devices));
    const event = lines.find((line): line is EventLine => line.kind === "event") as EventLine;
    const forged = { ...event, payload: event.payload.replace('"specversion"', ' "specversion"') };
    const refused = (changed: readonly IncidentLine[], why: RegExp) =>
      expect(verified(signed(changed))).rejects.toThrow(why);
    await refused(
      lines.map((line) => (line === event ? forged : line)),
      /are not those of the log that was marked/,
    );
    await refused(
      lines.filter(({ kind }) => kind !== "proof"),
      /the proof of the block from 101 is missing/,
    );
    await refused(
      lines.filter(({ kind }) => kind !== "block"),
      /is not in this place of the log/,
    );
    const other = lines.map((line) => (line.kind === "end" ? { ...line, sha256: "0".repeat(64) } : line));
    await refused(other, /make other rows/);
  });

  it("is refused if it was signed with another key or made by another release", async () => {
    const text = await textOfBundle(180, 330, devices);
    const other = generateKeyPairSync("ed25519");
    await expect(verified(text, publicKeyText(other.publicKey))).rejects.toThrow(/another installation signed/);
    await expect(verified(signed(linesIn(text), other.privateKey))).rejects.toThrow(/signature is not of this text/);
    const [head, ...rest] = linesIn(text);
    const older = { ...head, projections: { registry: 1 } } as IncidentLine;
    await expect(verified(signed([older, ...rest]))).rejects.toThrow(/another release made the bundle/);
    await expect(verified(signed([{ ...head, format: 2 } as IncidentLine, ...rest]))).rejects.toThrow(/format 2/);
  });

  it("is not made if the log no longer matches its marks", async () => {
    const log: BundleSource["log"] = {
      async *entries(range) {
        for await (const entry of source.log.entries(range)) if (entry.seq !== 250) yield entry;
      },
    };
    await expect(textOfBundle(180, 330, devices, { ...source, log })).rejects.toMatchObject({ code: "conflict" });
  });

  it("has a readable time line", async () => {
    const found = await verified(await textOfBundle(1, history.length, devices));
    const report = reportOf(found, { timeline: true, isKeyGiven: false });
    expect(report).toMatch(/^verified: \d+ events of \d+ devices/);
    expect(report).toMatch(/: registered by /);
    expect(report).toMatch(/: connected to gateway /);
    expect(report).not.toMatch(/undefined|\[object/);
    expect(found.timeLine.length).toBeGreaterThanOrEqual(found.end.events);
  });
});
