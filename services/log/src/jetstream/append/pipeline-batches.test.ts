import { describe, expect, it } from "vitest";
import { AdmissionControl } from "../../flow/admission.ts";
import type { Appended } from "../../log.ts";
import { silent } from "../../logger.ts";
import { steadyTime } from "../../steady-time.ts";
import type { Ack } from "./ack.ts";
import { DEFAULT_LIMIT, LARGEST_BATCH, SMALLEST_BATCH } from "./batch.ts";
import type { PendingAppend } from "./pending.ts";
import { AppendPipeline } from "./pipeline.ts";
import type { PipelineHost } from "./pipeline-host.ts";
import { DISABLED, INCOMPLETE, SimulatedStream, TOO_MANY } from "./testing/simulated-stream.ts";

const PREFIX = "_INBOX.x.";

/** A pipeline on a simulated stream. Answers wait for `deliver` or `lose`. */
class Bench implements PipelineHost {
  readonly logger = silent;
  readonly inbox = PREFIX;
  batches = true;
  up = true;
  searches = 0;
  readonly admission = new AdmissionControl({ events: 4_096, bytes: 1_000_000 });
  readonly stream: SimulatedStream;
  readonly pipeline: AppendPipeline;
  readonly #answers: { readonly token: number; readonly ack: Ack }[] = [];
  #token = 0;
  #batch = 0;
  #order = 0;

  constructor(replicas = 1) {
    this.stream = new SimulatedStream((reply, body) => {
      if (body !== undefined) this.#answers.push({ token: Number(reply.slice(PREFIX.length)), ack: body as Ack });
    });
    this.pipeline = new AppendPipeline({ name: "FLEET", replicas }, this, this.admission, {
      ackTimeoutMs: 1_000,
      pauseMs: [1, 2],
      fullPauseMs: 1,
      trustDuplicatesMs: 60_000,
    });
  }

  nextToken(): number {
    return this.#token++;
  }

  nextBatchId(): string {
    return `b${this.#batch++}`;
  }

  write(bytes: Uint8Array): void {
    this.stream.receive(Buffer.from(bytes).toString());
  }

  async mayFollow(): Promise<boolean> {
    return false;
  }

  async findStored(appends: readonly PendingAppend[]): Promise<ReadonlyMap<string, number>> {
    this.searches += 1;
    return this.stream.find(appends);
  }

  async hasSpace(): Promise<boolean> {
    return this.stream.eventsLeft > 0;
  }

  updateStatus(): void {}

  released(): void {}

  get unanswered(): number {
    return this.#answers.length;
  }

  append(id: string, more: Partial<PendingAppend> = {}): Promise<Appended> {
    const json = JSON.stringify({ id });
    this.admission.admit(json.length);
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    promise.catch(() => {});
    this.pipeline.push({
      order: this.#order++,
      id,
      subject: "fleet.event.a",
      json,
      bytes: json.length,
      expectedLastSeq: undefined,
      newId: false,
      failFast: false,
      receiver: { stored: resolve, refused: reject },
      settled: false,
      inBatch: false,
      attempts: 0,
      firstSentAt: 0,
      sentAt: 0,
      afterSeq: 0,
      ...more,
    });
    return promise;
  }

  appendMany(from: number, count: number): readonly Promise<Appended>[] {
    return numbers(from, count).map((i) => this.append(`${i}`));
  }

  deliver(): void {
    for (const { token, ack } of this.#answers.splice(0)) this.pipeline.acknowledged(token, ack);
  }

  lose(): void {
    this.#answers.length = 0;
  }

  async settle(): Promise<void> {
    while (!this.pipeline.idle) {
      await turn();
      this.deliver();
    }
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
const ids = (from: number, count: number): string[] => numbers(from, count).map(String);

describe("AppendPipeline with batches", () => {
  it("publishes one by one at low load, and sends the appends that are queued meanwhile as one batch", async () => {
    const bench = new Bench();
    const first = bench.append("0");
    await turn();
    expect(bench.stream.stored).toEqual(["0"]);
    const rest = bench.appendMany(1, 300);
    await turn();
    expect(bench.stream.stored).toEqual(["0"]);
    bench.deliver();
    await turn();
    expect(bench.stream.batches).toEqual([300]);
    const more = bench.appendMany(301, 40);
    await turn();
    expect(bench.stream.batches, "one at a time").toEqual([300]);
    await bench.settle();
    expect(bench.stream.batches).toEqual([300, 40]);
    expect((await Promise.all([first, ...rest, ...more])).map(({ seq }) => seq)).toEqual(numbers(1, 341));
    expect(bench.stream.stored).toEqual(ids(0, 341));
    expect(bench.stream.plain).toBe(1);
  });

  it("keeps at most 32 single appends in flight, and queues the rest for a batch", async () => {
    const bench = new Bench();
    for (let i = 0; i < SMALLEST_BATCH + 8; i++) {
      const append = bench.append(`${i}`);
      await turn();
      if (i === SMALLEST_BATCH - 1) expect(bench.unanswered).toBe(SMALLEST_BATCH);
      append.catch(() => {});
    }
    expect(bench.unanswered).toBe(SMALLEST_BATCH);
    await bench.settle();
    expect(bench.stream.stored).toEqual(ids(0, SMALLEST_BATCH + 8));
  });

  it("fills batches up to 4,000 appends", async () => {
    const bench = new Bench();
    bench.appendMany(0, LARGEST_BATCH + 500);
    await bench.settle();
    expect(bench.stream.batches).toEqual([LARGEST_BATCH, 500]);
  });

  it.each([1_000, 300])("sends smaller batches to a server that allows only %i appends in one", async (largest) => {
    const bench = new Bench();
    bench.stream.largestBatch = largest;
    const appends = bench.appendMany(0, 2 * LARGEST_BATCH);
    await bench.settle();
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual(numbers(1, 2 * LARGEST_BATCH));
    expect(bench.stream).toMatchObject({ stored: ids(0, 2 * LARGEST_BATCH), plain: 0 });
    expect(bench.stream.tooLarge, "the limit is kept in mind").toBeLessThanOrEqual(3);
    expect(bench.pipeline.problem).toBeUndefined();
    bench.stream.largestBatch = LARGEST_BATCH;
    bench.pipeline.disconnected();
    bench.pipeline.reconnected();
    bench.appendMany(2 * LARGEST_BATCH, LARGEST_BATCH);
    await bench.settle();
    expect(bench.stream.batches.at(-1), "another server may allow more").toBeGreaterThan(DEFAULT_LIMIT);
  });

  it("publishes one by one if the server allows hardly any appends in a batch", async () => {
    const bench = new Bench();
    bench.stream.largestBatch = 10;
    const appends = bench.appendMany(0, 500);
    await bench.settle();
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual(numbers(1, 500));
    expect(bench.stream).toMatchObject({ stored: ids(0, 500), batches: [] });
  });

  it("keeps batches of a replicated stream within the server's default limit", async () => {
    const bench = new Bench(3);
    bench.appendMany(0, LARGEST_BATCH);
    await bench.settle();
    expect(bench.stream).toMatchObject({ batches: [1, 2, 3, 4].map(() => DEFAULT_LIMIT), tooLarge: 0 });
    const other = new Bench();
    other.pipeline.noteState({ lastSeq: 0, replicas: 3 });
    other.appendMany(0, LARGEST_BATCH);
    await other.settle();
    expect(other.stream.batches[0]).toBe(DEFAULT_LIMIT);
  });

  it("does not look up new ids, and does not remember them", async () => {
    const bench = new Bench();
    const [first, again] = [bench.append("a", { newId: true }), bench.append("a", { newId: true })];
    await bench.settle();
    expect([await first, await again]).toEqual([
      { seq: 1, duplicate: false },
      { seq: 1, duplicate: true },
    ]);
    expect(bench.stream.plain, "the server recognised the second").toBe(2);
  });

  it("writes the next batch before it reports the last one", async () => {
    const bench = new Bench();
    const [first] = bench.appendMany(0, LARGEST_BATCH);
    bench.appendMany(LARGEST_BATCH, LARGEST_BATCH);
    await turn();
    const sentAtReport = first?.then(() => bench.unanswered);
    bench.deliver();
    expect(await sentAtReport).toBe(1);
    expect(bench.stream.batches).toEqual([LARGEST_BATCH, LARGEST_BATCH]);
    await bench.settle();
  });

  it("publishes an append with an expected sequence by itself, in the order of the calls", async () => {
    const bench = new Bench();
    const before = bench.appendMany(0, 100);
    const expected = bench.append("e", { expectedLastSeq: 100 });
    const conflict = bench.append("f", { expectedLastSeq: 7 });
    const after = bench.appendMany(101, 100);
    await bench.settle();
    await Promise.all([...before, ...after]);
    expect(await expected).toEqual({ seq: 101, duplicate: false });
    await expect(conflict).rejects.toMatchObject({ code: "conflict" });
    expect(bench.stream.stored).toEqual([...ids(0, 100), "e", ...ids(101, 100)]);
    expect(bench.stream.batches.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(100);
  });

  it("reports as stored only what is stored if the stream is on a server without batches", async () => {
    const bench = new Bench();
    bench.stream.atomic = false;
    bench.stream.eventsLeft = 10;
    const appends = bench.appendMany(0, 100);
    const reported: number[] = [];
    for (const append of appends) append.then(({ seq }) => reported.push(seq)).catch(() => {});
    for (let i = 0; i < 20; i++) {
      await turn();
      bench.deliver();
    }
    expect(reported).toEqual(numbers(1, 10));
    bench.stream.eventsLeft = Number.POSITIVE_INFINITY;
    await bench.settle();
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual(numbers(1, 100));
    expect(bench.stream.stored).toEqual(ids(0, 100));
    expect(bench.stream.batches).toEqual([]);
  });

  it("answers a recently acknowledged id without the server", async () => {
    const bench = new Bench();
    const stored = bench.appendMany(0, 100);
    await bench.settle();
    expect(await bench.append("7")).toEqual({ seq: 8, duplicate: true });
    expect(await bench.append("7", { expectedLastSeq: 0 })).toEqual({ seq: 8, duplicate: true });
    expect(bench.stream).toMatchObject({ batches: [100], plain: 0 });
    expect(bench.admission).toMatchObject({ events: 0, bytes: 0 });
    await Promise.all(stored);
  });

  it("forgets recent ids when the connection is lost, because another log may answer then", async () => {
    const bench = new Bench();
    bench.appendMany(0, 100);
    await bench.settle();
    bench.pipeline.disconnected();
    bench.stream.stored.length = 0;
    bench.pipeline.reconnected();
    const again = bench.append("7");
    await bench.settle();
    expect(await again).toEqual({ seq: 1, duplicate: false });
  });

  it.each([[[0]], [[500]], [[999]], [[3, 4, 700]], [numbers(0, 1_000)], [numbers(400, 200)]])(
    "stores 2,000 appends once and in order if the server refuses these duplicates: %j",
    async (repeated) => {
      const bench = new Bench();
      const others = numbers(0, 2_000).filter((i) => !repeated.includes(i));
      bench.stream.stored.push(...repeated.map(String));
      const appends = bench.appendMany(0, 2_000);
      await bench.settle();
      const settled = await Promise.all(appends);
      for (const i of repeated) expect(settled[i]).toEqual({ seq: repeated.indexOf(i) + 1, duplicate: true });
      expect(bench.stream.stored).toEqual([...repeated, ...others].map(String));
      expect(others.map((i) => settled[i]?.seq)).toEqual(numbers(repeated.length + 1, others.length));
    },
  );

  it("stores two appends with the same id once", async () => {
    const bench = new Bench();
    const appends = [...bench.appendMany(0, 50), bench.append("7"), ...bench.appendMany(50, 50)];
    await bench.settle();
    const settled = await Promise.all(appends);
    expect(settled[50]).toEqual({ seq: 8, duplicate: true });
    expect(bench.stream.stored).toEqual(ids(0, 100));
  });

  it.each([
    ["too many batches", "refuseFirst", TOO_MANY],
    ["an abandoned batch", "refuseCommit", INCOMPLETE],
    ["a stream without atomic publish", "refuseFirst", DISABLED],
  ] as const)("publishes one by one after %s", async (_, when, error) => {
    const bench = new Bench();
    bench.stream[when] = error;
    const appends = bench.appendMany(0, 200);
    await bench.settle();
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual(numbers(1, 200));
    expect(bench.stream.stored).toEqual(ids(0, 200));
    expect(bench.stream.plain).toBe(200);
    expect(bench.pipeline.problem).toBeUndefined();
  });

  it("sends no batches to a stream without atomic publish before the next connection", async () => {
    const bench = new Bench();
    bench.stream.refuseFirst = DISABLED;
    bench.appendMany(0, 100);
    await bench.settle();
    bench.stream.refuseFirst = undefined;
    bench.appendMany(100, 100);
    await bench.settle();
    expect(bench.stream).toMatchObject({ batches: [], plain: 200 });
    bench.pipeline.disconnected();
    bench.pipeline.reconnected();
    bench.appendMany(200, 100);
    await bench.settle();
    expect(bench.stream.batches.length).toBeGreaterThan(0);
  });

  it("fills a stream, rejects the fail-fast appends that wait, and stores the rest when there is space", async () => {
    const bench = new Bench();
    bench.stream.eventsLeft = 150;
    const appends = numbers(0, 200).map((i) => bench.append(`${i}`, { failFast: i % 10 === 0 }));
    while (bench.pipeline.problem !== "full") {
      await turn();
      bench.deliver();
    }
    expect(bench.stream.stored).toEqual(ids(0, 150));
    bench.stream.eventsLeft = Number.POSITIVE_INFINITY;
    await bench.settle();
    const rejected = (await Promise.allSettled(appends)).flatMap(({ status }, i) => (status === "rejected" ? [i] : []));
    expect(rejected).toEqual([150, 160, 170, 180, 190]);
    expect(bench.stream.stored).toEqual(ids(0, 200).filter((id) => !rejected.includes(Number(id))));
  });

  it("searches the log for a batch without an answer before it sends the batch again", async () => {
    const bench = new Bench();
    const appends = bench.appendMany(0, 500);
    await turn();
    bench.lose();
    bench.pipeline.tick(steadyTime() + 1_500);
    expect(bench.pipeline.problem).toBe("away");
    const later = bench.appendMany(500, 500);
    await bench.settle();
    expect(await Promise.all(appends)).toEqual(numbers(1, 500).map((seq) => ({ seq, duplicate: true })));
    await Promise.all(later);
    expect(bench.searches).toBe(1);
    expect(bench.stream.batches, "no batch was refused for a duplicate").toEqual([500, 499]);
    expect(bench.stream.stored).toEqual(ids(0, 1_000));
  });

  it("does not retry an append that timed out while its batch was in flight", async () => {
    const bench = new Bench();
    bench.stream.refuseCommit = INCOMPLETE;
    const early = new Map<string, PendingAppend>();
    const push = bench.pipeline.push.bind(bench.pipeline);
    bench.pipeline.push = (append) => {
      early.set(append.id, append);
      push(append);
    };
    const appends = bench.appendMany(0, 100);
    await turn();
    bench.pipeline.timeOut(early.get("3") as PendingAppend);
    await bench.settle();
    await expect(appends[3]).rejects.toMatchObject({ code: "log-unavailable" });
    expect(bench.stream.stored).toEqual(ids(0, 100).filter((id) => id !== "3"));
  });

  it("publishes one by one after a reconnection to a server without batches", async () => {
    const bench = new Bench();
    const appends = bench.appendMany(0, 200);
    await turn();
    bench.lose();
    bench.up = false;
    bench.pipeline.disconnected();
    bench.stream.stored.length = 0;
    bench.batches = false;
    bench.up = true;
    bench.pipeline.reconnected();
    await bench.settle();
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual(numbers(1, 200));
    expect(bench.stream).toMatchObject({ stored: ids(0, 200), plain: 200 });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "stores each append once and in order in a random sequence of faults (seed %i)",
    async (seed) => {
      const random = randomFrom(seed);
      const bench = new Bench();
      const appends: Promise<Appended>[] = [];
      let next = 0;
      for (let step = 0; step < 150; step++) {
        for (let n = Math.floor(random() ** 3 * 400); n > 0; n--) appends.push(bench.append(`${next++}`));
        if (random() < 0.2 && next > 0) appends.push(bench.append(`${Math.floor(random() * next)}`));
        await Promise.resolve();
        const chance = random();
        if (chance < 0.1) bench.stream.refuseFirst = random() < 0.5 ? TOO_MANY : DISABLED;
        else if (chance < 0.2) bench.stream.refuseCommit = INCOMPLETE;
        else if (chance < 0.25) bench.stream.eventsLeft = Math.floor(random() * 100);
        else if (chance < 0.5) {
          // If space appears while appends are in flight, later appends may overtake earlier appends (README).
          bench.deliver();
          bench.stream.refuseFirst = undefined;
          bench.stream.refuseCommit = undefined;
          bench.stream.eventsLeft = Number.POSITIVE_INFINITY;
        }
        if (random() < 0.1) {
          bench.lose();
          if (random() < 0.5) bench.pipeline.tick(steadyTime() + 1_500);
          else {
            bench.pipeline.disconnected();
            bench.pipeline.reconnected();
          }
        }
        if (random() < 0.8) bench.deliver();
        if (random() < 0.3) await turn();
      }
      bench.stream.refuseFirst = undefined;
      bench.stream.refuseCommit = undefined;
      bench.stream.eventsLeft = Number.POSITIVE_INFINITY;
      bench.lose();
      bench.pipeline.tick(steadyTime() + 1_500);
      await bench.settle();
      for (const { seq } of await Promise.all(appends)) expect(bench.stream.stored[seq - 1]).toBeDefined();
      expect(bench.stream.stored).toEqual(ids(0, next));
    },
  );
});

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
