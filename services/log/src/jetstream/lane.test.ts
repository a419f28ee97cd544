import { FleetError } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { Gate } from "../flow/window.ts";
import type { Appended } from "../log.ts";
import { silent } from "../logger.ts";
import { Lane, type LaneHost, type LaneTiming } from "./lane.ts";
import type { PendingAppend } from "./pending.ts";

const FAILED = { error: { code: 503, description: "no responders" } };
const FULL = { error: { code: 400, err_code: 10_077, description: "maximum bytes exceeded" } };
const WRONG_LAST = { error: { code: 400, err_code: 10_071, description: "wrong last sequence: 9" } };
const TOO_LARGE = { error: { code: 400, err_code: 10_054, description: "message size exceeds maximum allowed" } };

interface Sent {
  readonly token: number;
  readonly id: string;
}

/** The server's side of a lane, played by the test: it sees what is sent, and answers when and as it likes. */
class Stage implements LaneHost {
  readonly logger = silent;
  readonly inbox = "_INBOX.x.";
  readonly sent: Sent[] = [];
  readonly stored = new Map<string, number>();
  searches = 0;
  searchFails = false;
  asked = 0;
  room = false;
  up = true;
  readonly gate: Gate;
  readonly lane: Lane;
  #token = 0;
  #order = 0;

  constructor(events = 4, timing: Partial<LaneTiming> = {}) {
    this.gate = new Gate({ events, bytes: 1_000_000 });
    this.lane = new Lane("FLEET", this, this.gate, {
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

  changed(): void {}

  async takes(): Promise<boolean> {
    this.asked += 1;
    return this.room;
  }

  append(id: string, expectedLastSeq?: number): Promise<Appended> {
    return this.#push(id, false, expectedLastSeq).stored;
  }

  /** Of a caller who does not wait. */
  urge(id: string): { readonly stored: Promise<Appended>; readonly giveUp: () => void } {
    const { pending, stored } = this.#push(id, true, undefined);
    stored.catch(() => {});
    return { stored, giveUp: () => this.lane.giveUp(pending) };
  }

  #push(id: string, impatient: boolean, expectedLastSeq: number | undefined) {
    const json = JSON.stringify({ id });
    this.gate.admit(json.length);
    const { promise: stored, resolve, reject } = Promise.withResolvers<Appended>();
    const pending: PendingAppend = {
      order: this.#order++,
      id,
      subject: "fleet.event.a",
      json,
      bytes: json.length,
      expectedLastSeq,
      impatient,
      resolve,
      reject,
      settled: false,
      attempts: 0,
      firstSentAt: 0,
      sentAt: 0,
      after: 0,
    };
    this.lane.push(pending);
    return { pending, stored };
  }

  /** Waits until so many were sent in all, and gives their ids. */
  async ids(count: number): Promise<string[]> {
    while (this.sent.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
    return this.sent.map(({ id }) => id);
  }

  /** Answers what was sent as n-th. */
  answer(n: number, ack: Parameters<Lane["acknowledged"]>[1]): void {
    this.lane.acknowledged(this.sent[n]?.token ?? -1, ack);
  }
}

const ok = (seq: number): Appended => ({ seq, duplicate: false });

describe("a lane of appends", () => {
  it("sends in order within its window, and the next as soon as there is room", async () => {
    const stage = new Stage(2);
    const appends = ["a", "b", "c"].map((id) => stage.append(id));
    expect(await stage.ids(2)).toEqual(["a", "b"]);
    stage.answer(1, ok(2));
    expect(await stage.ids(3)).toEqual(["a", "b", "c"]);
    stage.answer(0, ok(1));
    stage.answer(2, { seq: 9, duplicate: true });
    expect(await Promise.all(appends)).toEqual([ok(1), ok(2), { seq: 9, duplicate: true }]);
    expect(stage.lane.idle).toBe(true);
  });

  it("goes back to what failed: nothing more is sent until all in flight has come in, then all of it in order", async () => {
    const stage = new Stage(4);
    const appends = ["a", "b", "c", "d", "e", "f"].map((id) => stage.append(id));
    await stage.ids(4);
    stage.answer(2, FAILED);
    stage.answer(0, ok(1));
    stage.answer(1, FAILED);
    expect(stage.lane.trouble).toBe("away");
    expect(stage.sent).toHaveLength(4);
    stage.answer(3, ok(2));
    // One goes ahead to see whether the stream takes it.
    expect(await stage.ids(5)).toEqual(["a", "b", "c", "d", "b"]);
    stage.answer(4, ok(3));
    expect(await stage.ids(8)).toEqual(["a", "b", "c", "d", "b", "c", "e", "f"]);
    expect(stage.lane.trouble).toBeUndefined();
    for (const n of [5, 6, 7]) stage.answer(n, ok(n - 1));
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual([1, 3, 4, 2, 5, 6]);
  });

  it("tries one at a time for as long as the stream fails", async () => {
    const stage = new Stage(4);
    const appends = ["a", "b", "c"].map((id) => stage.append(id));
    await stage.ids(3);
    for (const n of [0, 1, 2]) stage.answer(n, FAILED);
    for (let n = 3; n < 6; n++) {
      await stage.ids(n + 1);
      stage.answer(n, FAILED);
    }
    expect(await stage.ids(7)).toEqual(["a", "b", "c", "a", "a", "a", "a"]);
    stage.answer(6, ok(1));
    await stage.ids(9);
    stage.answer(7, ok(2));
    stage.answer(8, ok(3));
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it("sends again what is not acknowledged in time, and ignores the acknowledgement that comes too late", async () => {
    const stage = new Stage(4);
    const appends = ["a", "b"].map((id) => stage.append(id));
    await stage.ids(2);
    stage.lane.tick(Date.now());
    expect(stage.lane.trouble).toBeUndefined();
    stage.lane.tick(Date.now() + 1_500);
    expect(stage.lane.trouble).toBe("away");
    await stage.ids(3);
    stage.answer(0, ok(77));
    stage.answer(2, { seq: 1, duplicate: true });
    expect(await stage.ids(4)).toEqual(["a", "b", "a", "b"]);
    stage.answer(3, { seq: 2, duplicate: true });
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it("keeps everything while the link is lost, and sends it in order when it is back", async () => {
    const stage = new Stage(2);
    const before = ["a", "b", "c"].map((id) => stage.append(id));
    await stage.ids(2);
    stage.answer(0, ok(1));
    stage.up = false;
    stage.lane.lost();
    const during = ["d", "e"].map((id) => stage.append(id));
    const sentBefore = stage.sent.length;
    // Several times the lane's pause: nothing may be sent in it.
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(stage.sent).toHaveLength(sentBefore);
    stage.up = true;
    stage.lane.restored();
    const again = (await stage.ids(sentBefore + 1)).slice(sentBefore);
    expect(again).toEqual(["b"]);
    for (let n = sentBefore; stage.gate.events > 0; n++) {
      await stage.ids(n + 1);
      stage.answer(n, ok(n));
    }
    const seqs = (await Promise.all([...before, ...during])).map(({ seq }) => seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  });

  it("says that the stream is full, keeps trying, and goes on when there is room", async () => {
    const stage = new Stage(4);
    const appends = ["a", "b"].map((id) => stage.append(id));
    await stage.ids(2);
    stage.answer(0, FULL);
    stage.answer(1, FULL);
    expect(stage.lane.trouble).toBe("full");
    await stage.ids(3);
    stage.answer(2, FULL);
    expect(stage.lane.trouble).toBe("full");
    await stage.ids(4);
    stage.answer(3, ok(1));
    expect(stage.lane.trouble).toBeUndefined();
    await stage.ids(5);
    stage.answer(4, ok(2));
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it("refuses at once, when the stream is full, what does not want to wait, and never sends it again", async () => {
    const stage = new Stage(2);
    const waits = stage.append("a");
    const sent = stage.urge("b");
    const queued = stage.urge("c");
    await stage.ids(2);
    stage.answer(0, FULL);
    const later = stage.urge("d");
    for (const { stored } of [queued, later]) await expect(stored).rejects.toMatchObject({ code: "log-full" });
    stage.answer(1, FULL);
    await expect(sent.stored).rejects.toMatchObject({ code: "log-full" });
    expect(await stage.ids(3)).toEqual(["a", "b", "a"]);
    stage.answer(2, ok(1));
    expect(await waits).toEqual(ok(1));
    const next = stage.urge("e");
    expect(await stage.ids(4)).toEqual(["a", "b", "a", "e"]);
    stage.answer(3, ok(2));
    expect(await next.stored).toEqual(ok(2));
    expect(stage.lane.idle).toBe(true);
  });

  it("asks the stream when it was full and nothing waits that would show that it has room again", async () => {
    const stage = new Stage(2);
    const refused = stage.urge("a");
    await stage.ids(1);
    stage.answer(0, FULL);
    await expect(refused.stored).rejects.toMatchObject({ code: "log-full" });
    while (stage.asked < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(stage.lane.trouble).toBe("full");
    stage.room = true;
    while (stage.lane.trouble !== undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    const next = stage.urge("b");
    expect(await stage.ids(2)).toEqual(["a", "b"]);
    stage.answer(1, ok(1));
    expect(await next.stored).toEqual(ok(1));
  });

  it("sends nothing again that was given up, and says whether it was on its way", async () => {
    const stage = new Stage(1);
    const sent = stage.urge("a");
    const queued = stage.urge("b");
    const waits = stage.append("c");
    await stage.ids(1);
    sent.giveUp();
    queued.giveUp();
    await expect(sent.stored).rejects.toMatchObject({ code: "log-unavailable", message: /not known/ });
    await expect(queued.stored).rejects.toMatchObject({ code: "log-unavailable", message: /nothing was recorded/ });
    stage.answer(0, FAILED);
    expect(await stage.ids(2)).toEqual(["a", "c"]);
    stage.answer(1, ok(1));
    expect(await waits).toEqual(ok(1));
    expect(stage.gate).toMatchObject({ events: 0, bytes: 0 });
  });

  it("looks for an earlier attempt in the log before it says that nothing was stored", async () => {
    const stage = new Stage(2);
    const stored = stage.urge("a");
    await stage.ids(1);
    stage.answer(0, FAILED);
    stage.stored.set("a", 7);
    await stage.ids(2);
    stage.answer(1, FULL);
    expect(await stored.stored).toEqual({ seq: 7, duplicate: true });
  });

  it("refuses what can never be stored, and goes on with the rest", async () => {
    const stage = new Stage(4);
    const large = stage.append("a");
    const moved = stage.append("b", 3);
    const fine = stage.append("c");
    const refused = [
      expect(large).rejects.toMatchObject({ code: "payload-too-large" }),
      expect(moved).rejects.toMatchObject({ code: "conflict" }),
    ];
    await stage.ids(3);
    stage.answer(0, TOO_LARGE);
    stage.answer(1, WRONG_LAST);
    stage.answer(2, ok(1));
    await Promise.all(refused);
    expect(await fine).toEqual(ok(1));
    expect(stage.lane.trouble).toBeUndefined();
    expect(stage.lane.idle).toBe(true);
  });

  it("goes on after a conflict of the one that went ahead", async () => {
    const stage = new Stage(4);
    const moved = stage.append("a", 3);
    const fine = stage.append("b");
    const refused = expect(moved).rejects.toMatchObject({ code: "conflict" });
    await stage.ids(2);
    stage.answer(0, FAILED);
    stage.answer(1, FAILED);
    await stage.ids(3);
    stage.answer(2, WRONG_LAST);
    await stage.ids(4);
    stage.answer(3, ok(1));
    await refused;
    expect(await fine).toEqual(ok(1));
  });

  it("takes a conflict with its own first attempt for what it is: stored", async () => {
    const stage = new Stage(4);
    const append = stage.append("a", 0);
    stage.stored.set("a", 5);
    await stage.ids(1);
    stage.answer(0, WRONG_LAST);
    expect(await append).toEqual({ seq: 5, duplicate: true });
  });

  it("asks again later when a conflict can't be looked into", async () => {
    const stage = new Stage(4);
    const append = stage.append("a", 0);
    await stage.ids(1);
    stage.searchFails = true;
    stage.answer(0, WRONG_LAST);
    await stage.ids(2);
    stage.answer(1, ok(4));
    expect(await append).toEqual(ok(4));
  });

  it("looks in the log for what the server may have forgotten, before it sends it again", async () => {
    const stage = new Stage(4, { trustDuplicatesMs: -1 });
    const appends = ["a", "b"].map((id) => stage.append(id));
    await stage.ids(2);
    stage.up = false;
    stage.lane.lost();
    stage.stored.set("a", 5);
    stage.up = true;
    stage.lane.restored();
    expect(await stage.ids(3)).toEqual(["a", "b", "b"]);
    stage.answer(2, ok(6));
    expect(await Promise.all(appends)).toEqual([{ seq: 5, duplicate: true }, ok(6)]);
  });

  it("sends nothing again for as long as the log can't be searched", async () => {
    const stage = new Stage(4, { trustDuplicatesMs: -1 });
    const append = stage.append("a");
    await stage.ids(1);
    stage.searchFails = true;
    stage.answer(0, FAILED);
    while (stage.searches < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(stage.sent).toHaveLength(1);
    stage.searchFails = false;
    await stage.ids(2);
    stage.answer(1, ok(1));
    expect(await append).toEqual(ok(1));
  });

  it("rejects all that is unsettled when it is abandoned", async () => {
    const stage = new Stage(2);
    const appends = ["a", "b", "c"].map((id) => stage.append(id));
    const settled = Promise.allSettled(appends);
    await stage.ids(2);
    stage.answer(0, FAILED);
    stage.lane.abandon(new FleetError("log-unavailable", "closed"));
    for (const result of await settled) expect(result).toMatchObject({ reason: { code: "log-unavailable" } });
    expect(stage.gate).toMatchObject({ events: 0, bytes: 0 });
  });
});
