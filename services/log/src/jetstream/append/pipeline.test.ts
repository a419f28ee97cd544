import { FleetError } from "@fleetlog/domain";
import { describe, expect, it, vi } from "vitest";
import { AdmissionControl } from "../../flow/admission.ts";
import type { Appended, AppendReceiver } from "../../log.ts";
import { silent } from "../../logger.ts";
import { steadyTime } from "../../steady-time.ts";
import type { PendingAppend } from "./pending.ts";
import { AppendPipeline } from "./pipeline.ts";
import type { PipelineHost, PipelineTiming } from "./pipeline-host.ts";

const FAILED = { error: { code: 503, description: "no responders" } };
const FULL = { error: { code: 400, err_code: 10_077, description: "maximum bytes exceeded" } };
const WRONG_LAST = { error: { code: 400, err_code: 10_071, description: "wrong last sequence: 9" } };
const TOO_LARGE = { error: { code: 400, err_code: 10_054, description: "message size exceeds maximum allowed" } };

interface Sent {
  readonly token: number;
  readonly id: string;
}

/** Plays the server for a pipeline: records appends, and answers as the test says. */
class TestHost implements PipelineHost {
  readonly logger = silent;
  readonly inbox = "_INBOX.x.";
  batches = false;
  readonly sent: Sent[] = [];
  readonly stored = new Map<string, number>();
  searches = 0;
  searchFails = false;
  /** Whether an earlier attempt of a refused append may still be stored. */
  follows = false;
  spaceChecks = 0;
  hasRoom = false;
  up = true;
  readonly admission: AdmissionControl;
  readonly pipeline: AppendPipeline;
  #token = 0;
  #order = 0;

  constructor(events = 4, timing: Partial<PipelineTiming> = {}) {
    this.admission = new AdmissionControl({ events, bytes: 1_000_000 });
    this.pipeline = new AppendPipeline({ name: "FLEET", replicas: 1 }, this, this.admission, {
      ackTimeoutMs: 1_000,
      pauseMs: [1, 2],
      fullPauseMs: 1,
      trustDuplicatesMs: 60_000,
      ...timing,
    });
  }

  nextToken(): number {
    return this.#token++;
  }

  nextBatchId(): string {
    return `b${this.#token}`;
  }

  write(bytes: Uint8Array): void {
    for (const [, token, id] of Buffer.from(bytes)
      .toString()
      .matchAll(/^HPUB \S+ _INBOX\.x\.(\d+) .*\r\nNATS\/1\.0\r\nNats-Msg-Id: (\S+)/gm)) {
      this.sent.push({ token: Number(token), id: id ?? "" });
    }
  }

  async findStored(appends: readonly PendingAppend[]): Promise<ReadonlyMap<string, number>> {
    this.searches += 1;
    if (this.searchFails) throw new Error("not reached");
    return new Map([...this.stored].filter(([id]) => appends.some((append) => append.id === id)));
  }

  async mayFollow(): Promise<boolean> {
    return this.follows;
  }

  updateStatus(): void {}

  released(): void {}

  async hasSpace(): Promise<boolean> {
    this.spaceChecks += 1;
    return this.hasRoom;
  }

  append(id: string, expectedLastSeq?: number): Promise<Appended> {
    return this.#push(id, false, expectedLastSeq).stored;
  }

  appendFailFast(id: string): { readonly stored: Promise<Appended>; readonly timeOut: () => void } {
    const { pending, stored } = this.#push(id, true, undefined);
    stored.catch(() => {});
    return { stored, timeOut: () => this.pipeline.timeOut(pending) };
  }

  appendFor(id: string, receiver: AppendReceiver): void {
    this.#pushFor(id, false, undefined, receiver);
  }

  #push(id: string, failFast: boolean, expectedLastSeq: number | undefined) {
    const { promise: stored, resolve, reject } = Promise.withResolvers<Appended>();
    return { pending: this.#pushFor(id, failFast, expectedLastSeq, { stored: resolve, refused: reject }), stored };
  }

  #pushFor(id: string, failFast: boolean, expectedLastSeq: number | undefined, receiver: AppendReceiver) {
    const json = JSON.stringify({ id });
    this.admission.admit(json.length);
    const pending: PendingAppend = {
      order: this.#order++,
      id,
      subject: "fleet.event.a",
      json,
      bytes: json.length,
      expectedLastSeq,
      newId: false,
      failFast,
      receiver,
      settled: false,
      inBatch: false,
      attempts: 0,
      firstSentAt: 0,
      sentAt: 0,
      afterSeq: 0,
    };
    this.pipeline.push(pending);
    return pending;
  }

  async ids(count: number): Promise<string[]> {
    while (this.sent.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
    return this.sent.map(({ id }) => id);
  }

  answer(n: number, ack: Parameters<AppendPipeline["acknowledged"]>[1]): void {
    this.pipeline.acknowledged(this.sent[n]?.token ?? -1, ack);
  }
}

const ok = (seq: number): Appended => ({ seq, duplicate: false });

describe("AppendPipeline", () => {
  it("sends appends in order within its window, and the next append as soon as the window has space", async () => {
    const host = new TestHost(2);
    const appends = ["a", "b", "c"].map((id) => host.append(id));
    expect(await host.ids(2)).toEqual(["a", "b"]);
    host.answer(1, ok(2));
    expect(await host.ids(3)).toEqual(["a", "b", "c"]);
    host.answer(0, ok(1));
    host.answer(2, { seq: 9, duplicate: true });
    expect(await Promise.all(appends)).toEqual([ok(1), ok(2), { seq: 9, duplicate: true }]);
    expect(host.pipeline.idle).toBe(true);
  });

  it("after a failure, waits until no append is in flight, then sends the failed appends again in order", async () => {
    const host = new TestHost(4);
    const appends = ["a", "b", "c", "d", "e", "f"].map((id) => host.append(id));
    await host.ids(4);
    host.answer(2, FAILED);
    host.answer(0, ok(1));
    host.answer(1, FAILED);
    expect(host.pipeline.problem).toBe("away");
    expect(host.sent).toHaveLength(4);
    host.answer(3, ok(2));
    // The first append probes whether the stream accepts it.
    expect(await host.ids(5)).toEqual(["a", "b", "c", "d", "b"]);
    host.answer(4, ok(3));
    expect(await host.ids(8)).toEqual(["a", "b", "c", "d", "b", "c", "e", "f"]);
    expect(host.pipeline.problem).toBeUndefined();
    for (const n of [5, 6, 7]) host.answer(n, ok(n - 1));
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual([1, 3, 4, 2, 5, 6]);
  });

  it("uses a token again only after its append was stored", async () => {
    const host = new TestHost(2);
    void host.append("a");
    await host.ids(1);
    host.answer(0, ok(1));
    void host.append("b");
    await host.ids(2);
    host.answer(1, FAILED);
    await host.ids(3);
    const before = host.sent.length;
    host.pipeline.tick(steadyTime() + 1_500);
    await host.ids(before + 1);
    expect(host.sent.map(({ token, id }) => [token, id])).toEqual([
      [0, "a"],
      [0, "b"],
      [1, "b"],
      [2, "b"],
    ]);
    // Late answers to the first and the second attempt.
    host.answer(0, ok(9));
    host.answer(2, ok(9));
    expect(host.pipeline.idle).toBe(false);
    host.answer(3, ok(2));
    expect(host.pipeline.idle).toBe(true);
  });

  it("uses no token again if the stream has replicas, although this process's settings say that it has none", async () => {
    const host = new TestHost(2);
    void host.append("a");
    await host.ids(1);
    host.answer(0, ok(1));
    host.pipeline.noteState({ lastSeq: 1, replicas: 3 });
    void host.append("b");
    await host.ids(2);
    host.answer(1, ok(2));
    void host.append("c");
    await host.ids(3);
    expect(host.sent.map(({ token }) => token)).toEqual([0, 1, 2]);
  });

  it("tries one append at a time while the stream fails", async () => {
    const host = new TestHost(4);
    const appends = ["a", "b", "c"].map((id) => host.append(id));
    await host.ids(3);
    for (const n of [0, 1, 2]) host.answer(n, FAILED);
    for (let n = 3; n < 6; n++) {
      await host.ids(n + 1);
      host.answer(n, FAILED);
    }
    expect(await host.ids(7)).toEqual(["a", "b", "c", "a", "a", "a", "a"]);
    host.answer(6, ok(1));
    await host.ids(9);
    host.answer(7, ok(2));
    host.answer(8, ok(3));
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it("searches the log before a late retry, although the system's clock was set back meanwhile", async () => {
    const host = new TestHost(4, { trustDuplicatesMs: 20 });
    const append = host.append("a");
    await host.ids(1);
    const anHourAgo = Date.now() - 3_600_000;
    vi.spyOn(Date, "now").mockReturnValue(anHourAgo);
    await new Promise((resolve) => setTimeout(resolve, 40));
    host.pipeline.disconnected();
    host.stored.set("a", 7);
    host.pipeline.reconnected();
    expect(await append).toEqual({ seq: 7, duplicate: true });
    expect([host.searches, host.sent.length]).toEqual([1, 1]);
  });

  it("sends an append again after a missing acknowledgement, and ignores the late acknowledgement", async () => {
    const host = new TestHost(4);
    const appends = ["a", "b"].map((id) => host.append(id));
    await host.ids(2);
    host.pipeline.tick(steadyTime());
    expect(host.pipeline.problem).toBeUndefined();
    host.pipeline.tick(steadyTime() + 1_500);
    expect(host.pipeline.problem).toBe("away");
    await host.ids(3);
    host.answer(0, ok(77));
    host.answer(2, { seq: 1, duplicate: true });
    expect(await host.ids(4)).toEqual(["a", "b", "a", "b"]);
    host.answer(3, { seq: 2, duplicate: true });
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it("keeps all appends while disconnected, and sends them in order after the reconnection", async () => {
    const host = new TestHost(2);
    const before = ["a", "b", "c"].map((id) => host.append(id));
    await host.ids(2);
    host.answer(0, ok(1));
    host.up = false;
    host.pipeline.disconnected();
    const during = ["d", "e"].map((id) => host.append(id));
    const sentBefore = host.sent.length;
    // The wait is several times the pipeline's pause.
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(host.sent).toHaveLength(sentBefore);
    host.up = true;
    host.pipeline.reconnected();
    const again = (await host.ids(sentBefore + 1)).slice(sentBefore);
    expect(again).toEqual(["b"]);
    for (let n = sentBefore; host.admission.events > 0; n++) {
      await host.ids(n + 1);
      host.answer(n, ok(n));
    }
    const seqs = (await Promise.all([...before, ...during])).map(({ seq }) => seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  });

  it("reports that the stream is full, keeps trying, and continues when the stream has space", async () => {
    const host = new TestHost(4);
    const appends = ["a", "b"].map((id) => host.append(id));
    await host.ids(2);
    host.answer(0, FULL);
    host.answer(1, FULL);
    expect(host.pipeline.problem).toBe("full");
    await host.ids(3);
    host.answer(2, FULL);
    expect(host.pipeline.problem).toBe("full");
    await host.ids(4);
    host.answer(3, ok(1));
    expect(host.pipeline.problem).toBeUndefined();
    await host.ids(5);
    host.answer(4, ok(2));
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it("rejects fail-fast appends at once when the stream is full, and never sends them again", async () => {
    const host = new TestHost(2);
    const waits = host.append("a");
    const sent = host.appendFailFast("b");
    const queued = host.appendFailFast("c");
    await host.ids(2);
    host.answer(0, FULL);
    const later = host.appendFailFast("d");
    for (const { stored } of [queued, later]) await expect(stored).rejects.toMatchObject({ code: "log-full" });
    host.answer(1, FULL);
    await expect(sent.stored).rejects.toMatchObject({ code: "log-full" });
    expect(await host.ids(3)).toEqual(["a", "b", "a"]);
    host.answer(2, ok(1));
    expect(await waits).toEqual(ok(1));
    const next = host.appendFailFast("e");
    expect(await host.ids(4)).toEqual(["a", "b", "a", "e"]);
    host.answer(3, ok(2));
    expect(await next.stored).toEqual(ok(2));
    expect(host.pipeline.idle).toBe(true);
  });

  it("asks a full stream for its space while no append is waiting", async () => {
    const host = new TestHost(2);
    const refused = host.appendFailFast("a");
    await host.ids(1);
    host.answer(0, FULL);
    await expect(refused.stored).rejects.toMatchObject({ code: "log-full" });
    while (host.spaceChecks < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(host.pipeline.problem).toBe("full");
    host.hasRoom = true;
    while (host.pipeline.problem !== undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    const next = host.appendFailFast("b");
    expect(await host.ids(2)).toEqual(["a", "b"]);
    host.answer(1, ok(1));
    expect(await next.stored).toEqual(ok(1));
  });

  it("does not retry an append after its timeout, and reports whether the append had been sent", async () => {
    const host = new TestHost(1);
    const sent = host.appendFailFast("a");
    const queued = host.appendFailFast("b");
    const waits = host.append("c");
    await host.ids(1);
    sent.timeOut();
    queued.timeOut();
    await expect(sent.stored).rejects.toMatchObject({
      code: "log-unavailable",
      message: expect.stringMatching(/not known/),
    });
    await expect(queued.stored).rejects.toMatchObject({
      code: "log-unavailable",
      message: expect.stringMatching(/nothing was recorded/),
    });
    host.answer(0, FAILED);
    expect(await host.ids(2)).toEqual(["a", "c"]);
    host.answer(1, ok(1));
    expect(await waits).toEqual(ok(1));
    expect(host.admission).toMatchObject({ events: 0, bytes: 0 });
  });

  it("searches the log for an earlier attempt before it rejects an append as log-full", async () => {
    const host = new TestHost(2);
    const stored = host.appendFailFast("a");
    await host.ids(1);
    host.answer(0, FAILED);
    host.stored.set("a", 7);
    await host.ids(2);
    host.answer(1, FULL);
    expect(await stored.stored).toEqual({ seq: 7, duplicate: true });
  });

  it("rejects an append that is too large or in conflict, and stores the rest", async () => {
    const host = new TestHost(4);
    const large = host.append("a");
    const moved = host.append("b", 3);
    const fine = host.append("c");
    const refused = [
      expect(large).rejects.toMatchObject({ code: "payload-too-large" }),
      expect(moved).rejects.toMatchObject({ code: "conflict" }),
    ];
    await host.ids(3);
    host.answer(0, TOO_LARGE);
    host.answer(1, WRONG_LAST);
    host.answer(2, ok(1));
    await Promise.all(refused);
    expect(await fine).toEqual(ok(1));
    expect(host.pipeline.problem).toBeUndefined();
    expect(host.pipeline.idle).toBe(true);
  });

  it("continues after a conflict of the probing append", async () => {
    const host = new TestHost(4);
    const moved = host.append("a", 3);
    const fine = host.append("b");
    const refused = expect(moved).rejects.toMatchObject({ code: "conflict" });
    await host.ids(2);
    host.answer(0, FAILED);
    host.answer(1, FAILED);
    await host.ids(3);
    host.answer(2, WRONG_LAST);
    await host.ids(4);
    host.answer(3, ok(1));
    await refused;
    expect(await fine).toEqual(ok(1));
  });

  it("resolves an append that conflicts with its own first attempt", async () => {
    const host = new TestHost(4);
    const append = host.append("a", 0);
    host.stored.set("a", 5);
    await host.ids(1);
    host.answer(0, WRONG_LAST);
    expect(await append).toEqual({ seq: 5, duplicate: true });
  });

  it("sends an append again that conflicts while its first attempt may still be stored, until its outcome is known", async () => {
    const host = new TestHost(4);
    host.follows = true;
    const later = host.append("a", 0);
    const other = host.append("b", 0);
    const refused = expect(other).rejects.toMatchObject({ code: "conflict" });
    await host.ids(2);
    for (const token of [0, 1]) host.answer(token, FAILED);
    await host.ids(3);
    host.answer(2, WRONG_LAST);
    await host.ids(4);
    host.answer(3, WRONG_LAST);
    await host.ids(5);
    host.stored.set("a", 5);
    host.follows = false;
    host.answer(4, WRONG_LAST);
    expect(await later).toEqual({ seq: 5, duplicate: true });
    await host.ids(6);
    host.answer(5, WRONG_LAST);
    await refused;
  });

  it("does not refuse an append to a full stream while its attempt before a disconnection may be stored", async () => {
    const host = new TestHost(2);
    const [full, stored] = [host.appendFailFast("a").stored, host.appendFailFast("b").stored];
    const unsent = host.appendFailFast("c").stored;
    await host.ids(2);
    host.up = false;
    host.pipeline.disconnected();
    host.up = true;
    host.pipeline.reconnected();
    await host.ids(3);
    host.answer(2, FULL);
    await expect(full).rejects.toMatchObject({ code: "log-full" });
    await expect(unsent).rejects.toMatchObject({ code: "log-full" });
    expect(await Promise.race([host.ids(4), stored])).toEqual(["a", "b", "a", "b"]);
    host.answer(3, { seq: 5, duplicate: true });
    expect(await stored).toEqual({ seq: 5, duplicate: true });
  });

  it("says that it is not known whether an append was stored if its retry finds a full stream, and its first attempt may still be stored", async () => {
    const host = new TestHost(2);
    host.follows = true;
    const { stored } = host.appendFailFast("a");
    await host.ids(1);
    host.answer(0, FAILED);
    await host.ids(2);
    host.answer(1, FULL);
    await expect(stored).rejects.toMatchObject({
      code: "log-unavailable",
      message: expect.stringContaining("it is not known"),
    });
  });

  it("retries an append if the log can't be searched after its conflict", async () => {
    const host = new TestHost(4);
    const append = host.append("a", 0);
    await host.ids(1);
    host.searchFails = true;
    host.answer(0, WRONG_LAST);
    await host.ids(2);
    host.answer(1, ok(4));
    expect(await append).toEqual(ok(4));
  });

  it("before a retry, searches the log for ids that the server may have forgotten", async () => {
    const host = new TestHost(4, { trustDuplicatesMs: -1 });
    const appends = ["a", "b"].map((id) => host.append(id));
    await host.ids(2);
    host.up = false;
    host.pipeline.disconnected();
    host.stored.set("a", 5);
    host.up = true;
    host.pipeline.reconnected();
    expect(await host.ids(3)).toEqual(["a", "b", "b"]);
    host.answer(2, ok(6));
    expect(await Promise.all(appends)).toEqual([{ seq: 5, duplicate: true }, ok(6)]);
  });

  it("retries no append while the log can't be searched", async () => {
    const host = new TestHost(4, { trustDuplicatesMs: -1 });
    const append = host.append("a");
    await host.ids(1);
    host.searchFails = true;
    host.answer(0, FAILED);
    while (host.searches < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(host.sent).toHaveLength(1);
    host.searchFails = false;
    await host.ids(2);
    host.answer(1, ok(1));
    expect(await append).toEqual(ok(1));
  });

  it("accepts an append during the report of another's outcome", async () => {
    const host = new TestHost(2);
    const outcomes: string[] = [];
    const report = (text: string) => {
      outcomes.push(text);
      if (outcomes.length < 4) host.appendFor(`${text}+`, receiverOf(`${text}+`));
    };
    const receiverOf = (id: string): AppendReceiver => ({
      stored: () => report(id),
      refused: () => report(`no-${id}`),
    });
    for (const id of ["a", "b"]) host.appendFor(id, receiverOf(id));
    await host.ids(2);
    host.answer(0, ok(1));
    expect(await host.ids(3)).toEqual(["a", "b", "a+"]);
    host.answer(1, TOO_LARGE);
    host.answer(2, ok(2));
    expect(await host.ids(5)).toEqual(["a", "b", "a+", "no-b+", "a++"]);
    host.answer(3, ok(3));
    host.answer(4, ok(4));
    expect(outcomes).toEqual(["a", "no-b", "a+", "no-b+", "a++"]);
    expect(host.admission).toMatchObject({ events: 0, bytes: 0 });
  });

  it("continues after a receiver's fault, which is thrown later", async () => {
    const host = new TestHost(2);
    const later = vi.spyOn(globalThis, "queueMicrotask");
    try {
      const fault = new Error("fault");
      const faulty = () => {
        later.mockImplementationOnce((run) => void expect(run).toThrow(fault));
        throw fault;
      };
      host.appendFor("a", { stored: faulty, refused: faulty });
      const other = host.append("b");
      await host.ids(2);
      host.answer(0, ok(1));
      host.answer(1, ok(2));
      expect(await other).toEqual(ok(2));
      expect(host.admission).toMatchObject({ events: 0, bytes: 0 });
    } finally {
      later.mockRestore();
    }
  });

  it("rejects all unsettled appends on rejectAll", async () => {
    const host = new TestHost(2);
    const appends = ["a", "b", "c"].map((id) => host.append(id));
    const settled = Promise.allSettled(appends);
    await host.ids(2);
    host.answer(0, FAILED);
    host.pipeline.rejectAll(new FleetError("log-unavailable", "closed"));
    for (const result of await settled) expect(result).toMatchObject({ reason: { code: "log-unavailable" } });
    expect(host.admission).toMatchObject({ events: 0, bytes: 0 });
  });
});
