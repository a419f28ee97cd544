import { FleetError } from "@fleetlog/domain";
import { heapGrowth } from "@fleetlog/runtime/testing";
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
 * Calls whose end the test controls, except `now` and `throw`. A call appends `params.events` events, by default one.
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
const send = (message: unknown) => void handle(message);
async function settled(promise: Promise<unknown> | undefined): Promise<boolean> {
  let done = promise === undefined;
  void promise?.then(() => {
    done = true;
  });
  await turn();
  return done;
}

describe("a call", () => {
  it("is answered at once, with its id, when its result is ready", async () => {
    for (const id of [1, 0, -1.5, "", "a", null]) {
      expect(handle(call("now", id, [id]))).toBeUndefined();
      expect(await target.take()).toEqual([{ jsonrpc: "2.0", result: [id], id }]);
    }
  });

  it("does not keep its params while it waits", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const answers: string[] = [];
    const waiting = new Calls(
      { run: () => ({ events: 1, result: promise }), fault: faultOf, answer: (text) => void answers.push(text) },
      100,
    );
    const growth = await heapGrowth(async () => {
      for (let id = 0; id < 20; id++) {
        const params = { list: Array.from({ length: 50_000 }, () => []) };
        void waiting.handle(Buffer.from(JSON.stringify(call("report", id, params))));
      }
      await turn();
    });
    expect(growth).toBeLessThan(4 * 1024 ** 2);
    resolve(1);
    await turn();
    expect(answers).toHaveLength(20);
  });

  it("is answered when its result is ready, even before an earlier call", async () => {
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

  it("is answered with the error that it throws", async () => {
    expect(handle(call("throw", "x"))).toBeUndefined();
    expect(await target.take()).toEqual([
      {
        jsonrpc: "2.0",
        error: { code: expect.any(Number), message: "it is taken", data: { code: "conflict", field: "id" } },
        id: "x",
      },
    ]);
  });

  it("is not answered when it has no id", async () => {
    send(call("now"));
    send(call("throw"));
    send(call("later"));
    send(call("later"));
    target.begun[2]?.resolve(1);
    target.begun[3]?.reject(new Error("broken"));
    expect(await target.take()).toEqual([]);
    expect(target.methods).toEqual(["now", "throw", "later", "later"]);
  });

  it("is answered without the text of an internal error", async () => {
    send(call("later", 1));
    target.begun[0]?.reject(new Error("secret"));
    const [answer] = await target.take();
    expect(answer).toMatchObject({ error: { message: "Internal error", data: { code: "internal" } }, id: 1 });
    expect(JSON.stringify(answer)).not.toContain("secret");
  });

  it("is refused with the field when parsing would change a number", async () => {
    const text = (method: string, params: string, id: string) =>
      Buffer.from(`{"jsonrpc":"2.0","method":"${method}","params":${params},"id":${id}}`);
    for (const message of [
      text("now", '{"a":[1e400]}', "1"),
      text("now", "[9007199254740993]", '"x"'),
      text("now", "{}", "9007199254740993"),
      Buffer.from('{"jsonrpc":"2.0","method":"now","params":[1e400]}'),
    ])
      expect(calls.handle(message)).toBeUndefined();
    expect(await target.take()).toMatchObject([
      { error: { data: { code: "invalid-request", field: "a[0]" } }, id: 1 },
      { error: { data: { code: "invalid-request", field: "[0]" } }, id: "x" },
      { error: { code: -32600, data: { field: "id" } }, id: null },
    ]);
    expect(target.methods).toEqual([]);
  });
});

describe("an invalid message", () => {
  it.each([
    ["not JSON", Buffer.from("{")],
    ["empty", Buffer.alloc(0)],
    ["not UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ])("gets a parse error when it is %s", async (_, message) => {
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
    [{ jsonrpc: "2.0", method: "now", id: {} }, null],
    // This call gets an answer although it has no id: without a valid method it is no notification.
    [{ jsonrpc: "2.0", method: 1 }, null],
  ])("gets the error `invalid request` when it is %j, with the id %j", async (message, id) => {
    expect(handle(message)).toBeUndefined();
    expect(await target.take()).toEqual([invalid(id)]);
    expect(target.begun).toEqual([]);
  });
});

describe("a call with the params null", () => {
  it("is a call without parameters", async () => {
    expect(handle({ jsonrpc: "2.0", method: "later", params: null, id: 2 })).toBeUndefined();
    expect(target.begun.map(({ call: { params } }) => params)).toEqual([undefined]);
  });
});

describe("a batch", () => {
  it("gets one array of answers, in the order of its calls, when all have ended", async () => {
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

  it("gets no answer when it has only notifications", async () => {
    await handle([call("now"), call("later"), call("throw")]);
    target.begun[1]?.resolve(1);
    expect(await target.take()).toEqual([]);
  });

  it.each([0, 101])("is refused as a whole when it has %i calls", async (size) => {
    await handle(Array.from({ length: size }, (_, id) => call("now", id)));
    expect(await target.take()).toEqual([invalid()]);
    expect(target.begun).toEqual([]);
  });

  it("begins four calls when the limit is four events, and the next ones when two events are stored", async () => {
    const begun = handle(Array.from({ length: 10 }, (_, id) => call("later", id)));
    expect(await settled(begun)).toBe(false);
    expect(target.begun).toHaveLength(LIMIT);
    expect(calls.full).toBe(true);
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

  it("begins the next call when an exclusive call has ended", async () => {
    const begun = handle([call("now", 1), call("alone", 2), call("now", 3)]);
    expect(await settled(begun)).toBe(false);
    expect(target.methods).toEqual(["now", "alone"]);
    target.begun[1]?.resolve(true);
    expect(await settled(begun)).toBe(true);
    expect(target.methods).toEqual(["now", "alone", "now"]);
  });
});

describe("events that wait for the log", () => {
  it("are counted until they are stored or refused; `room` and `idle` wait for them", async () => {
    send(call("later", 1, { events: 3 }));
    expect(calls.full).toBe(false);
    expect(await settled(calls.room())).toBe(false);
    send(call("later", 2, { events: 1 }));
    expect(calls.full).toBe(true);
    const [room, idle] = [calls.room(), calls.idle()];
    target.begun[0]?.resolve(0);
    expect([await settled(room), await settled(idle)]).toEqual([true, false]);
    expect(calls.full).toBe(false);
    target.begun[1]?.reject(new Error("not stored"));
    expect(await settled(idle)).toBe(true);
    expect([await settled(calls.room()), await settled(calls.idle())]).toEqual([true, true]);
  });

  it("delay the next message only when their call is exclusive", async () => {
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
    ["not JSON", undefined, 1],
    ["not a call", 1, 1],
    ["a call that throws", call("throw", 1), 1],
    ["a call that stores nothing", call("now", 1), 1],
    ["a call of one event", call("later", 1), 1],
    ["a call of many events", call("later", 1, { events: 50 }), 50],
    ["a batch that is too large", Array.from({ length: 101 }, () => call("now", 1)), 1],
    ["a batch", [call("now", 1), call("later", 2, { events: 2 }), 3, call("throw")], 5],
  ])("is one for each event and each call without an event: %s", async (_, message, cost) => {
    if (message === undefined) await calls.handle(Buffer.from("{"));
    else await handle(message);
    expect(calls.takeCost()).toBe(cost);
    expect(calls.takeCost()).toBe(0);
  });
});
