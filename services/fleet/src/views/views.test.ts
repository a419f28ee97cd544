import { FleetError } from "@fleetlog/domain";
import { type Bus, memoryBackbone } from "@fleetlog/log";
import { QUERY_QUEUE, type QueryRequest, querySubject } from "@fleetlog/protocol";
import { describe, expect, it } from "vitest";
import { RetryWhileAway } from "./retry.ts";
import { Views } from "./views.ts";

const LIMITS = { eachMs: 60_000, allMs: 60_000, waiting: 2 };
const unavailable = expect.objectContaining({ code: "view-unavailable" });

/** A projector at sequence 5 that never waits; returns the received requests. */
function respondAtFive(bus: Bus): QueryRequest<"commands.get">[] {
  const requests: QueryRequest<"commands.get">[] = [];
  bus.respond(querySubject("commands.get"), QUERY_QUEUE, (data) => {
    const request = data as QueryRequest<"commands.get">;
    requests.push(request);
    if ((request.atLeast ?? 0) > 5) throw new FleetError("view-behind", "the views are at 5");
    return { result: null, seq: 5 };
  });
  return requests;
}

describe("Views", () => {
  it("queries a projector, and returns the sequence of its answer", async () => {
    const { bus } = memoryBackbone();
    const requests = respondAtFive(bus);
    const views = new Views(bus, { waitMs: 1_234 });
    expect(await views.query("commands.get", { id: "c1" })).toBeNull();
    expect(await views.queryWithSeq("commands.get", { id: "c1" }, { atLeast: 5, waitMs: 1 })).toEqual({
      result: null,
      seq: 5,
    });
    expect(requests).toEqual([
      { params: { id: "c1" }, waitMs: 1_234 },
      { params: { id: "c1" }, waitMs: 1, atLeast: 5 },
    ]);
  });

  it("fails when the views are behind, or answers from their newest state if `whenBehind` is `newest`", async () => {
    const { bus } = memoryBackbone();
    respondAtFive(bus);
    const views = new Views(bus);
    const behind = { atLeast: 6 } as const;
    await expect(views.query("commands.get", { id: "c1" }, behind)).rejects.toMatchObject({ code: "view-behind" });
    expect(await views.queryWithSeq("commands.get", { id: "c1" }, { ...behind, whenBehind: "newest" })).toEqual({
      result: null,
      seq: 5,
    });
  });

  it("asks the projector of a list's first page for later pages, or any projector if that projector is gone", async () => {
    const { bus } = memoryBackbone();
    const asked: string[] = [];
    const page = (by: string) => () => {
      asked.push(by);
      return { result: { items: [], next: null, total: 0 }, seq: 1 };
    };
    bus.respond(querySubject("devices.list"), QUERY_QUEUE, page("any"));
    const keeper = bus.respond(querySubject("devices.list", "p2"), "p2", page("p2"));
    const views = new Views(bus);
    await views.query("devices.list", {});
    await views.query("devices.list", { cursor: "abc.p2.x-1" });
    await views.query("devices.list", { within: "abc.p2.x-1", offset: 5 });
    keeper.stop();
    await views.query("devices.list", { cursor: "abc.p2.x-1" });
    await views.query("devices.list", { cursor: "abc" });
    await views.query("devices.list", { cursor: "abc.*.x" });
    expect(asked).toEqual(["any", "p2", "p2", "any", "any", "any"]);
  });

  it("fails when no projector answers, or waits if `whenAway` is `wait`", async () => {
    const { bus } = memoryBackbone();
    const views = new Views(bus, { retry: LIMITS });
    await expect(views.query("commands.get", { id: "c1" })).rejects.toEqual(unavailable);
    const waiting = views.query("commands.get", { id: "c1" }, { whenAway: "wait" });
    respondAtFive(bus);
    expect(await waiting).toBeNull();
  });
});

describe("RetryWhileAway", () => {
  it("repeats the query until it is answered", async () => {
    let tries = 0;
    const answer = new RetryWhileAway(LIMITS).run(async () => {
      if (++tries < 3) throw new FleetError("view-unavailable", "no projector answers");
      return "here";
    });
    expect(await answer).toBe("here");
    expect(tries).toBe(3);
  });

  it("lets two queries wait, fails a third at once, and lets queries wait again afterwards", async () => {
    const retry = new RetryWhileAway(LIMITS);
    let back = false;
    const ask = async () => {
      if (back) return "here";
      throw new FleetError("view-unavailable", "no projector answers");
    };
    const waiting = [retry.run(ask), retry.run(ask)];
    await expect(retry.run(ask)).rejects.toEqual(unavailable);
    back = true;
    expect(await Promise.all(waiting)).toEqual(["here", "here"]);
    back = false;
    const again = retry.run(ask);
    back = true;
    expect(await again).toBe("here");
  });

  it("waits at most `eachMs`, and not at all after `allMs` without an answer", async () => {
    let tries = 0;
    const ask = async () => {
      tries++;
      throw new FleetError("view-unavailable", "no projector answers");
    };
    const limits = { eachMs: 200, allMs: 100, waiting: 2 };
    const retry = new RetryWhileAway(limits);
    await expect(retry.run(ask)).rejects.toEqual(unavailable);
    expect(tries).toBeGreaterThan(1);
    // There has been no answer for longer than `allMs`.
    tries = 0;
    await expect(retry.run(ask)).rejects.toEqual(unavailable);
    expect(tries).toBe(1);
  });

  it("passes on other errors", async () => {
    const ask = async () => {
      throw new FleetError("view-behind", "late");
    };
    await expect(new RetryWhileAway(LIMITS).run(ask)).rejects.toMatchObject({ code: "view-behind" });
  });
});
