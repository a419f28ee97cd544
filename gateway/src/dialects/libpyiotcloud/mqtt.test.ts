import { FleetError } from "@fleetlog/domain";
import { altered, fuzzMessages, fuzzSeed, heapGrowth, MOST_GROWTH, mutated, seeded } from "@fleetlog/runtime/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Dialects } from "../dialects.ts";
import type { MqttOrigin } from "../mqtt-dialect.ts";
import { libpyiotcloud } from "./index.ts";
import { LibpyiotcloudConversation } from "./mqtt.ts";

const ID = "0123456789abcdef0123456789abcdef01234567";
const device = { device: ID, dialect: "libpyiotcloud", login: ID, credential: { by: "certificate" } } as const;
const dialect = new Dialects([libpyiotcloud]).mqttOf(device);
let offers = 0;
let reports: unknown[] = [];
let subscribed: string[] = [];
let isOpen = true;
let conversation: LibpyiotcloudConversation;
beforeEach(() => {
  offers = 0;
  reports = [];
  subscribed = [];
  isOpen = true;
  conversation = connected();
});
afterEach(() => conversation.ended());

function connected(): LibpyiotcloudConversation {
  return new LibpyiotcloudConversation(device, {
    offerCommands: () => void offers++,
    report: async (report) => reports.push(report),
    subscribe: (filter, qos) => {
      if (isOpen) subscribed.push(`${filter} ${qos}`);
      return isOpen;
    },
  });
}

const call = (id: string, name: string, params: unknown = null, deliveries = 0) =>
  conversation.command({ id, name, params, deadline: "2030-01-01T00:00:00Z" }, deliveries);

function read(api: string, payload: string | Buffer, origin?: MqttOrigin, of = ID) {
  const topic = `server/${of}/${api}`;
  const publication = dialect.publishTopics.find(topic, conversation.names);
  if (publication === undefined) throw new FleetError("forbidden", "no topic");
  return publication.read(Buffer.from(payload), topic, conversation, origin);
}

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof FleetError) return error.code;
    throw error;
  }
  throw new Error("it was not refused");
}

const answer = (id: string, result: unknown) => ({ kind: "command-result", result: { id, ok: true, result } });

describe("a device that does not subscribe", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is subscribed after ten seconds, once its session is open", () => {
    connected();
    isOpen = false;
    vi.advanceTimersByTime(10_000);
    isOpen = true;
    vi.advanceTimersByTime(9_999);
    expect(subscribed).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(subscribed).toEqual([`${ID}/# 1`]);
  });

  it.each(["listening", "ended"] as const)(
    "is not subscribed by the gateway if it has subscribed itself or disconnected (%s)",
    (what) => {
      connected()[what]();
      vi.advanceTimersByTime(60_000);
      expect(subscribed).toEqual([]);
    },
  );
});

describe("a call of libpyiotcloud", () => {
  it("is sent to the topic of device and api; its payload is an object even without parameters", () => {
    expect(call("c1", "set_gpio", { number: 12, value: 1 })).toEqual({
      topic: `${ID}/set_gpio`,
      payload: '{"number":12,"value":1}',
    });
    expect(call("c2", "get_rtc")).toEqual({ topic: `${ID}/get_rtc`, payload: "{}" });
  });

  it("waits while another call of its api is open, and is offered again when that has ended", () => {
    call("c1", "get_gpio", { number: 1 });
    expect(call("c2", "get_gpio", { number: 2 })).toBeUndefined();
    expect(call("c3", "get_rtc")).toBeDefined();
    expect(call("c1", "get_gpio", { number: 1 })).toBeDefined();
    conversation.forget("c2");
    expect(offers).toBe(0);
    conversation.forget("c1");
    expect(offers).toBe(1);
    expect(call("c2", "get_gpio", { number: 2 })).toBeDefined();
  });

  it("accepts any JSON value on its topic as the answer", () => {
    for (const [index, value] of [{ value: "running" }, [1], "text", 0, null].entries()) {
      call(`c${index}`, "get_status");
      expect(read("get_status", JSON.stringify(value))).toEqual(answer(`c${index}`, value));
      conversation.forget(`c${index}`);
    }
  });

  it("refuses a late answer to an earlier call about another pin", () => {
    call("c1", "get_gpio", { number: 1 });
    conversation.forget("c1");
    call("c2", "get_gpio", { number: 2 });
    expect(codeOf(() => read("get_gpio", '{"number":1,"value":0}'))).toBe("command-unknown");
    expect(read("get_gpio", '{"number":"2","value":0}')).toEqual(answer("c2", { number: "2", value: 0 }));
  });

  it("is completed by an answer that the device repeats on a new connection before the call is offered again", async () => {
    expect(codeOf(() => read("write_uart", '{"value":"x"}'))).toBe("command-unknown");
    expect(call("c1", "write_uart", { value: "x" }, 1)).toBeUndefined();
    expect(call("c1", "write_uart", { value: "x" }, 1)).toBeUndefined();
    await vi.waitFor(() => expect(reports).toEqual([answer("c1", { value: "x" })]));
    conversation.forget("c1");
    expect(call("c2", "write_uart", { value: "x" }, 1)).toBeUndefined();
    await new Promise((resolve) => setImmediate(resolve));
    expect(reports).toHaveLength(1);
  });

  it("is completed by a notification that the device repeats before the call is offered again", async () => {
    const origin = { qos: 1, dup: true, messageId: 7 } as const;
    const value = { recipient: "op@fleet.example", message: "hot" };
    const message = read("trigger_notification", JSON.stringify(value), origin);
    expect(message).toMatchObject({ kind: "message", message: { publication: { packetId: 7, isRepeated: true } } });
    expect(call("c1", "trigger_notification", value, 1)).toBeUndefined();
    await vi.waitFor(() => expect(reports).toEqual([answer("c1", value)]));
  });

  it("does not use an earlier answer for a call that is sent for the first time", async () => {
    expect(codeOf(() => read("write_uart", '{"value":"x"}'))).toBe("command-unknown");
    expect(call("c1", "write_uart", { value: "y" })).toBeDefined();
    conversation.forget("c1");
    expect(call("c2", "write_uart", { value: "z" }, 1)).toBeUndefined();
    await new Promise((resolve) => setImmediate(resolve));
    expect(reports).toEqual([]);
  });

  it("keeps only a few early answers, and no large one", async () => {
    codeOf(() => read("large", JSON.stringify("x".repeat(20_000))));
    for (let n = 0; n < 10; n++) codeOf(() => read(`call_${n}`, "1"));
    for (const [index, name] of ["large", ...Array.from({ length: 10 }, (_, n) => `call_${n}`)].entries())
      call(`c${index}`, name, null, 1);
    await vi.waitFor(() => expect(reports).toEqual([1, 2, 3, 4].map((n) => answer(`c${n}`, 1))));
  });

  it("is sent again after a lost connection only if that does no harm; a late answer completes any call", () => {
    expect(call("c1", "write_uart", { value: "x" }, 1)).toBeUndefined();
    expect(call("c2", "get_gpio", { number: 1 }, 1)).toBeDefined();
    expect(call("c3", "write_uart", { value: "y" })).toBeDefined();
    conversation.forget("c3");
    expect(read("write_uart", '{"value":"x"}')).toEqual(answer("c1", { value: "x" }));
  });

  it("stays open if the answer is not JSON, or has a number that parsing would change", () => {
    call("c1", "get_rtc");
    for (const payload of ["", "{", "nonsense", '{"value":12345678901234567890}', Buffer.from([0x22, 0xff, 0x22])])
      expect(codeOf(() => read("get_rtc", payload))).toBe("invalid-request");
    expect(read("get_rtc", '{"value":1}')).toEqual(answer("c1", { value: 1 }));
  });
});

describe("a device of libpyiotcloud", () => {
  it("can't answer without a call, and has no topics but its own", () => {
    expect(codeOf(() => read("get_gpio", "{}"))).toBe("command-unknown");
    call("c1", "get_gpio", {});
    expect(codeOf(() => read("get_gpio", "{}", undefined, "f".repeat(40)))).toBe("forbidden");
    const grants = (filter: string) => dialect.subscribeTopics.find(filter, conversation.names) !== undefined;
    expect([`${ID}/#`, `${ID}/get_gpio`].filter(grants)).toHaveLength(2);
    expect(["#", "+/#", "server/#", `${"f".repeat(40)}/#`, "me/#"].filter(grants)).toEqual([]);
  });

  it.each(["trigger_notification", "trigger_notifications"])(
    "sends a message by %s, unasked or as an answer",
    (api) => {
      const body = { recipient: "ada@example.org", message: "hot" };
      const payload = JSON.stringify(body);
      const origin = { qos: 1, dup: true, messageId: 7 } as const;
      expect(read(api, payload, origin)).toEqual({
        kind: "message",
        message: { recipient: "ada@example.org", text: "hot", publication: { packetId: 7, isRepeated: true } },
      });
      call("c1", api, body);
      expect(read(api, payload, { qos: 0, dup: false })).toEqual({
        kind: "message",
        message: { recipient: "ada@example.org", text: "hot", answers: { command: "c1", result: body } },
      });
    },
  );

  it("sends no message without a recipient or a text", () => {
    for (const body of [
      {},
      { recipient: "", message: "x" },
      { recipient: "a@b.example" },
      { recipient: 1, message: "x" },
    ])
      expect(codeOf(() => read("trigger_notification", JSON.stringify(body)))).toBe("invalid-request");
  });

  it("sends random and damaged messages: they complete no other call, and no memory is retained", async () => {
    const random = seeded(fuzzSeed(7));
    const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
    const apis = ["get_gpio", "set_gpio", "trigger_notification", "set_mac", "", "a/b", "__proto__", "x".repeat(200)];
    const whole = [
      { number: 1, value: 0 },
      { recipient: "a@b.example", message: "x" },
      [[[[1]]]],
      { number: { a: {} } },
      { value: 1e300 },
    ];
    call("c1", "get_gpio", { number: 1 });
    call("c2", "__proto__");
    const codes = new Set<string>();
    const one = (i: number) => {
      const seed = pick(whole);
      const payload = Buffer.from(JSON.stringify(random(2) === 0 ? altered(random, seed) : seed));
      const damaged = random(2) === 0 ? mutated(random, payload) : payload;
      try {
        read(pick(apis), damaged, { qos: 1, dup: random(2) === 0, messageId: 1 + (i % 65_535) });
        codes.add("read");
      } catch (error) {
        if (!(error instanceof FleetError)) throw error;
        codes.add(error.code);
      }
    };
    for (let i = 0; i < 1_000; i++) one(i);
    const growth = await heapGrowth(() => {
      for (let i = 1_000; i < fuzzMessages(30_000); i++) one(i);
    });
    expect(growth).toBeLessThan(MOST_GROWTH);
    expect([...codes].sort()).toEqual(["command-unknown", "forbidden", "invalid-request", "read"]);
    expect(read("get_gpio", '{"number":1,"value":0}')).toEqual(answer("c1", { number: 1, value: 0 }));
    expect(read("__proto__", "1")).toEqual(answer("c2", 1));
    expect(call("c3", "get_gpio")).toBeUndefined();
  }, 300_000);
});
