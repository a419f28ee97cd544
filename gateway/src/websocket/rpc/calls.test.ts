import { FleetError } from "@fleetlog/domain";
import { beforeEach, describe, expect, it } from "vitest";
import type { RpcCall } from "./call.ts";
import { Calls, type CallTarget, type Running } from "./calls.ts";
import { faultOf } from "./errors.ts";

const LIMIT = 4;

interface Begun {
  readonly call: RpcCall;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Work that the test ends as it likes: `now` has its result at once, `throw` throws; anything else ends when the test
 * says so, and puts as many events into the log as its params say (one if they say nothing).
 */
class Target implements CallTarget {
  readonly begun: Begun[] = [];
  readonly answers: string[] = [];

  run(call: RpcCall): Running {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.begun.push({ call, resolve, reject });
    if (call.method === "throw") throw new FleetError("conflict", "it is taken", { field: "id" });
    if (call.method === "now") return { events: 0, result: call.params };
    const { events = 1 } = (call.params ?? {}) as { events?: number };
    return { events, result: promise, ...(call.method === "alone" && { exclusive: true }) };
  }

  fault(error: unknown) {
    return faultOf(error);
  }

  answer(text: string): void {
    this.answers.push(text);
  }

  get methods(): string[] {
    return this.begun.map(({ call }) => call.method);
  }

  /** What was answered since this was last asked, parsed. */
  async take(): Promise<unknown[]> {
    await turn();
    return this.answers.splice(0).map((text) => JSON.parse(text));
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const call = (method: string, id?: unknown, params?: unknown) => ({ jsonrpc: "2.0", method, params, id });
const invalid = (id: unknown = null) => ({ jsonrpc: "2.0", error: expect.objectContaining({ code: -32600 }), id });

let target: Target;
let calls: Calls;
beforeEach(() => {
  target = new Target();
  calls = new Calls(target, LIMIT);
});
const handle = (message: unknown) => calls.handle(Buffer.from(JSON.stringify(message)));
/** Hands over a message whose handling is not waited for. */
const send = (message: unknown) => void handle(message);
/** Whether a promise has settled by now. */
async function settled(promise: Promise<unknown> | undefined): Promise<boolean> {
  let done = promise === undefined;
  void promise?.then(() => {
    done = true;
  });
  await turn();
  return done;
}

describe("a call", () => {
  it("that is done at once is answered at once, with the id that it came with", async () => {
    for (const id of [1, 0, -1.5, "", "a", null]) {
      expect(handle(call("now", id, [id]))).toBeUndefined();
      expect(await target.take()).toEqual([{ jsonrpc: "2.0", result: [id], id }]);
    }
  });

  it("is answered when it is done, whichever is done first", async () => {
    for (const id of [1, 2, 3]) expect(handle(call("later", id))).toBeUndefined();
    expect(await target.take()).toEqual([]);
    target.begun[1]?.resolve("two");
    target.begun[0]?.reject(new FleetError("not-found", "there is none"));
    expect(await target.take()).toEqual([
      { jsonrpc: "2.0", result: "two", id: 2 },
      { jsonrpc: "2.0", error: expect.objectContaining({ data: { code: "not-found" } }), id: 1 },
    ]);
    target.begun[2]?.resolve({ seq: 7 });
    expect(await target.take()).toEqual([{ jsonrpc: "2.0", result: { seq: 7 }, id: 3 }]);
  });

  it("that is refused before it begins is answered with the fault", async () => {
    expect(handle(call("throw", "x"))).toBeUndefined();
    expect(await target.take()).toEqual([
      {
        jsonrpc: "2.0",
        error: { code: expect.any(Number), message: "it is taken", data: { code: "conflict", field: "id" } },
        id: "x",
      },
    ]);
  });

  it("without an id is never answered, however it ends", async () => {
    send(call("now"));
    send(call("throw"));
    send(call("later"));
    send(call("later"));
    target.begun[2]?.resolve(1);
    target.begun[3]?.reject(new Error("broken"));
    expect(await target.take()).toEqual([]);
    expect(target.methods).toEqual(["now", "throw", "later", "later"]);
  });

  it("says nothing of the inside of what broke", async () => {
    send(call("later", 1));
    target.begun[0]?.reject(new Error("secret"));
    const [answer] = await target.take();
    expect(answer).toMatchObject({ error: { message: "Internal error", data: { code: "internal" } }, id: 1 });
    expect(JSON.stringify(answer)).not.toContain("secret");
  });

  it("with params that are nested too deep does not begin", async () => {
    const nested = (depth: number): unknown => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
    send(call("now", 1, nested(64)));
    expect(await target.take()).toMatchObject([{ result: expect.anything(), id: 1 }]);
    send(call("now", 2, nested(65)));
    expect(await target.take()).toMatchObject([
      { error: { data: { code: "invalid-request", field: "params" } }, id: 2 },
    ]);
    expect(target.methods).toEqual(["now"]);
  });
});

describe("a message that is no call", () => {
  it.each([
    ["no JSON", Buffer.from("{")],
    ["nothing", Buffer.alloc(0)],
    ["no UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ])("(%s) is answered as a parse error", async (_, message) => {
    expect(calls.handle(message)).toBeUndefined();
    expect(await target.take()).toEqual([
      { jsonrpc: "2.0", error: expect.objectContaining({ code: -32700 }), id: null },
    ]);
  });

  it.each<[unknown, unknown]>([
    [1, null],
    [null, null],
    ["now", null],
    [{}, null],
    [{ jsonrpc: "1.0", method: "now", id: 1 }, 1],
    [{ jsonrpc: "2.0", method: 1, id: "a" }, "a"],
    [{ jsonrpc: "2.0", method: "now", params: 1, id: 2 }, 2],
    [{ jsonrpc: "2.0", method: "now", params: null, id: 2 }, 2],
    [{ jsonrpc: "2.0", method: "now", id: {} }, null],
    // Without an id that can be read it may have been meant as a call.
    [{ jsonrpc: "2.0", method: 1 }, null],
  ])("(%j) is answered as an invalid request", async (message, id) => {
    expect(handle(message)).toBeUndefined();
    expect(await target.take()).toEqual([invalid(id)]);
    expect(target.begun).toEqual([]);
  });
});

describe("a batch", () => {
  it("is answered as one, in its order, when all of it is done", async () => {
    await handle([call("later", 1), call("now", 2, ["n"]), call("now"), 3, call("throw", 4)]);
    expect(await target.take()).toEqual([]);
    target.begun[0]?.resolve("late");
    expect(await target.take()).toEqual([
      [
        { jsonrpc: "2.0", result: "late", id: 1 },
        { jsonrpc: "2.0", result: ["n"], id: 2 },
        invalid(),
        { jsonrpc: "2.0", error: expect.objectContaining({ message: "it is taken" }), id: 4 },
      ],
    ]);
  });

  it("of notifications alone is not answered at all", async () => {
    await handle([call("now"), call("later"), call("throw")]);
    target.begun[1]?.resolve(1);
    expect(await target.take()).toEqual([]);
  });

  it.each([0, 101])("of %i calls is refused as a whole", async (size) => {
    await handle(Array.from({ length: size }, (_, id) => call("now", id)));
    expect(await target.take()).toEqual([invalid()]);
    expect(target.begun).toEqual([]);
  });

  it("begins no more than the limit allows before some of it is in the log", async () => {
    const begun = handle(Array.from({ length: 10 }, (_, id) => call("later", id)));
    expect(await settled(begun)).toBe(false);
    expect(target.begun).toHaveLength(LIMIT);
    expect(calls.full).toBe(true);
    // It goes on when half of the limit is free.
    target.begun[0]?.resolve(0);
    expect(await settled(begun)).toBe(false);
    expect(target.begun).toHaveLength(LIMIT);
    target.begun[1]?.resolve(1);
    expect(await settled(begun)).toBe(false);
    expect(target.begun).toHaveLength(LIMIT + 2);
    for (let n = 2; n < 10; n++) {
      target.begun[n]?.resolve(n);
      await turn();
    }
    expect(await settled(begun)).toBe(true);
    expect(await target.take()).toEqual([Array.from({ length: 10 }, (_, id) => ({ jsonrpc: "2.0", result: id, id }))]);
  });

  it("waits for a call of its own that must be alone", async () => {
    const begun = handle([call("now", 1), call("alone", 2), call("now", 3)]);
    expect(await settled(begun)).toBe(false);
    expect(target.methods).toEqual(["now", "alone"]);
    target.begun[1]?.resolve(true);
    expect(await settled(begun)).toBe(true);
    expect(target.methods).toEqual(["now", "alone", "now"]);
  });
});

describe("what is on its way to the log", () => {
  it("is counted in events, and waited for", async () => {
    send(call("later", 1, { events: 3 }));
    expect(calls.full).toBe(false);
    expect(await settled(calls.room())).toBe(false);
    send(call("later", 2, { events: 1 }));
    expect(calls.full).toBe(true);
    const [room, idle] = [calls.room(), calls.idle()];
    target.begun[0]?.resolve(0);
    expect([await settled(room), await settled(idle)]).toEqual([true, false]);
    expect(calls.full).toBe(false);
    // What fails is on its way no more either.
    target.begun[1]?.reject(new Error("not stored"));
    expect(await settled(idle)).toBe(true);
    expect([await settled(calls.room()), await settled(calls.idle())]).toEqual([true, true]);
  });

  it("holds the next call back only for one that must be alone", async () => {
    expect(handle(call("later", 1))).toBeUndefined();
    const alone = handle(call("alone", 2));
    expect(await settled(alone)).toBe(false);
    target.begun[1]?.reject(new Error("refused"));
    expect(await settled(alone)).toBe(true);
    expect(await target.take()).toMatchObject([{ id: 2 }]);
  });
});

describe("the cost of a message", () => {
  it.each<[string, unknown, number]>([
    ["no JSON", undefined, 1],
    ["no call", 1, 1],
    ["a call that throws", call("throw", 1), 1],
    ["a call that stores nothing", call("now", 1), 1],
    ["a call of one event", call("later", 1), 1],
    ["a call of many events", call("later", 1, { events: 50 }), 50],
    ["a batch that is too large", Array.from({ length: 101 }, () => call("now", 1)), 1],
    ["a batch", [call("now", 1), call("later", 2, { events: 2 }), 3, call("throw")], 5],
  ])("(%s) is what it begins, at least one each, and is told once", async (_, message, cost) => {
    if (message === undefined) await calls.handle(Buffer.from("{"));
    else await handle(message);
    expect(calls.takeCost()).toBe(cost);
    expect(calls.takeCost()).toBe(0);
  });
});
