import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import { projectionsOf, streamOfProjection, VIEWS } from "@fleetlog/projections/folding";
import { expect, it, onTestFinished } from "vitest";
import { mergedLines } from "../replay/merged.ts";
import { HistoryStore } from "../store/history-store.ts";
import type { ArchiveSnapshot } from "../telemetry/snapshot.ts";
import { ownedIn } from "../testing/owned.ts";
import { ofStream, randomHistory } from "../testing/random-history.ts";
import { feed, silent, workspace } from "../testing/stores.ts";
import { exportCall } from "./call.ts";
import { Repeats } from "./repeats.ts";

const projections = projectionsOf(VIEWS).filter((one) => streamOfProjection(one) === "FLEET");
const once = ofStream(randomHistory(12, 200, 7), "FLEET").map((event, i) => ({ ...event, seq: i + 1 }));
/** Every tenth event is stored a second time, seven events later. */
const stored = once
  .flatMap((event, i) => [event, ...(i >= 7 && i % 10 === 7 ? [once[i - 7] as RecordedEvent] : [])])
  .map((event, i) => ({ ...event, seq: i + 1 }));
const isFirst = (event: RecordedEvent) => stored.find(({ id }) => id === event.id)?.seq === event.seq;
const firsts = stored.filter(isFirst);
/** The store lacks this event, as if written by a release that did not know the event's type. */
const unknown = firsts[41]?.seq;
const last = stored.length;

const telemetry = (seq: number, id: string) =>
  ({
    ...stored[0],
    type: "TelemetryReported",
    subject: "fleet.telemetry.d1",
    stream: "TELEMETRY",
    seq,
    id,
  }) as unknown as RecordedEvent;
const archive = { repeats: [3], seq: 4, release: () => {} } as unknown as ArchiveSnapshot;

async function* from(events: readonly RecordedEvent[], seq = 1): AsyncGenerator<RecordedEvent> {
  for (const event of events) if (event.seq >= seq) yield event;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function repeatsOf(through = last, stream: StreamName = "FLEET") {
  const place = await workspace();
  const options = { directory: place.directory, duck: place.duck, logger: silent, sealEvery: 90 };
  const store = await HistoryStore.open({ ...options, stream, projections: stream === "FLEET" ? projections : [] });
  await feed(
    store,
    stored.filter(({ seq }) => seq !== unknown && seq <= through),
  );
  onTestFinished(async () => {
    await store.close();
    place.remove();
  });
  return new Repeats({
    duck: place.duck,
    history: (one: StreamName) => (one === stream ? store : undefined),
    telemetry: { take: () => archive },
    waitMs: 60,
  });
}

it("the filter of repeats leaves out the same repeats wherever a read starts, but no first event that the tables lack", async () => {
  const repeats = await repeatsOf();
  expect(firsts.length).toBeLessThan(last - 15);
  for (const start of [1, 9, 10, 45, 90, 91, last]) {
    const read = await all(repeats.leftOut(from(stored, start)));
    expect(read).toEqual(firsts.filter(({ seq }) => seq >= start));
  }
  const some = stored.filter(({ seq }) => seq % 3 === 0);
  expect(await all(repeats.leftOut(from(some)))).toEqual(some.filter(isFirst));
});

it("the filter of repeats lets events pass that the tables do not have yet", async () => {
  const repeats = await repeatsOf(100);
  const read = await all(repeats.leftOut(from(stored)));
  expect(read).toEqual(stored.filter((event) => event.seq > 100 || isFirst(event)));
});

it("the filter of repeats knows the repeats of telemetry from its archive", async () => {
  const repeats = await repeatsOf(1);
  const events = ["a", "b", "a", "c", "b"].map((id, i) => telemetry(i + 1, id));
  const read = await all(repeats.leftOut(from(events)));
  expect(read.map(({ seq }) => seq)).toEqual([1, 2, 4, 5]);
});

it.each(["ACCESS", "DELIVERY"] as const)(
  "the filter of repeats leaves out the repeats of %s, whose tables have no index of ids",
  async (stream) => {
    const of = (events: readonly RecordedEvent[]) => events.map((event) => ({ ...event, stream }) as RecordedEvent);
    const repeats = await repeatsOf(last, stream);
    for (const start of [1, 45, 91]) {
      const read = await all(repeats.leftOut(from(of(stored), start)));
      expect(read).toEqual(of(firsts.filter(({ seq }) => seq >= start)));
    }
    const other = await repeatsOf();
    expect(await all(other.leftOut(from(of(stored))))).toEqual(of(stored));
  },
);

it("the filter of repeats is used by exports and by replays", async () => {
  const log = {
    read: ({ fromSeq = 1 }: { readonly fromSeq?: number }) => from(stored, fromSeq),
    state: async () => ({ firstSeq: 1, lastSeq: last, events: last, bytes: 0, maxBytes: 0, replicas: 1 }),
    repeats: await repeatsOf(),
  };
  const devices = ownedIn([]);
  const call = exportCall({ log, devices, count: async () => undefined });
  const parts = await all(
    (await call.answer({ categories: ["device"], format: "jsonl" } as never)) as AsyncGenerator<string>,
  );
  const seqs = (text: string) => [...text.matchAll(/"seq\\*":(\d+),\\*"specversion/g)].map(([, seq]) => Number(seq));
  expect(seqs(parts.join(""))).toEqual(firsts.map(({ seq }) => seq));
  const place = { FLEET: 0, TELEMETRY: 0 };
  const upTo = { FLEET: last, TELEMETRY: 0 };
  const lines = mergedLines({ log, categories: ["device"], after: place, upTo, isInScope: undefined, events: false });
  const text = (await all(lines)).join("");
  expect(text.split("\n").filter((line) => line !== "").length).toBe(firsts.length + 2);
});
