import { FleetError } from "@fleetlog/domain";
import { type Call, startCalls } from "@fleetlog/history/testing";
import { type Bus, memoryBackbone } from "@fleetlog/log";
import { type HistoryPart, historyBeginSubject, historyPartsSubject, historySubject } from "@fleetlog/protocol";
import { describe, expect, it } from "vitest";
import { History } from "./history.ts";

const LIMITS = { eachMs: 60_000, allMs: 60_000, waiting: 4 };
const unavailable = expect.objectContaining({ code: "history-unavailable" });

/** A historian that answers the call `count` with numbers. */
function counting() {
  const made: number[] = [];
  let ended = 0;
  const call: Call = {
    name: "count",
    request: { type: "object", properties: { to: { type: "integer" } }, required: ["to"] },
    async answer({ to }: { readonly to: number }) {
      return (async function* () {
        try {
          for (let i = 1; i <= to; i++) {
            if (i === 13) throw new FleetError("internal", "unlucky");
            made.push(i);
            yield `${i};`;
          }
        } finally {
          ended++;
        }
      })();
    },
  };
  return { call, made, ended: () => ended };
}

const text = (name: string, answer: () => Promise<string>): Call => ({ name, request: {}, answer });

async function all(parts: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const part of parts) text += part;
  return text;
}

/** Resolves after the delivery of all messages published earlier on the bus in memory. */
async function settled(bus: Bus): Promise<void> {
  const done = Promise.withResolvers<void>();
  const subscription = bus.subscribe("test.settled", () => done.resolve());
  bus.publish("test.settled", 0);
  await done.promise;
  subscription.stop();
  await new Promise(setImmediate);
}

describe("History", () => {
  it("reads an answer in parts, each of which is requested when it is read", async () => {
    const { bus } = memoryBackbone();
    const { call, made, ended } = counting();
    startCalls({ bus, historian: "h1", calls: [call] });
    const parts = new History(bus).read("count", { to: 5 });
    expect(await parts.next()).toEqual({ done: false, value: "1;" });
    await settled(bus);
    // One part is made ahead of the reader.
    expect(made).toEqual([1, 2]);
    expect(await all(parts)).toBe("2;3;4;5;");
    expect(ended()).toBe(1);
    expect(await all(new History(bus).read("count", { to: 1 }))).toBe("1;");
    expect(await all(new History(bus).read("count", { to: 0 }))).toBe("");
  });

  it("reads an answer of 20 MB", async () => {
    const { bus } = memoryBackbone();
    const large = `"${'é"\\'.repeat(20_000_000 / 3)}"`;
    startCalls({ bus, historian: "h1", calls: [text("large", async () => large)] });
    expect((await all(new History(bus).read("large", {}))) === large).toBe(true);
  });

  it("ends the answer when the reader stops, or its signal aborts", async () => {
    const { bus } = memoryBackbone();
    const { call, made, ended } = counting();
    startCalls({ bus, historian: "h1", calls: [call] });
    for await (const part of new History(bus).read("count", { to: 9 })) {
      expect(part).toBe("1;");
      break;
    }
    await settled(bus);
    expect([made, ended()]).toEqual([[1, 2], 1]);
    const abort = new AbortController();
    const parts = new History(bus).read("count", { to: 9 }, abort.signal);
    await parts.next();
    abort.abort(new Error("gone"));
    await expect(parts.next()).rejects.toThrow("gone");
    await settled(bus);
    expect(ended()).toBe(2);
  });

  it("cancels an answer whose first part comes after the abort", async () => {
    const { bus } = memoryBackbone();
    const { call, ended } = counting();
    const begun = Promise.withResolvers<void>();
    const late = Promise.withResolvers<void>();
    const slow: Call = {
      ...call,
      async answer(request: never) {
        begun.resolve();
        await late.promise;
        return call.answer(request);
      },
    };
    startCalls({ bus, historian: "h1", calls: [slow] });
    const abort = new AbortController();
    const first = new History(bus).read("count", { to: 9 }, abort.signal).next();
    await begun.promise;
    abort.abort(new Error("gone"));
    await expect(first).rejects.toThrow("gone");
    late.resolve();
    await settled(bus);
    expect(ended()).toBe(1);
  });

  it("rejects with errors of the call, of its request, and in the middle of an answer", async () => {
    const { bus } = memoryBackbone();
    const { call } = counting();
    const refusing = text("refuse", async () => {
      throw new FleetError("invalid-request", "no", { field: "at" });
    });
    startCalls({ bus, historian: "h1", calls: [call, refusing] });
    const history = new History(bus);
    await expect(all(history.read("refuse", {}))).rejects.toMatchObject({ code: "invalid-request", field: "at" });
    await expect(all(history.read("count", { to: "x" }))).rejects.toMatchObject({ code: "invalid-request" });
    await expect(all(history.read("count", { to: 20 }))).rejects.toMatchObject({ message: "unlucky" });
  });

  it("reads each part from the historian that began the answer", async () => {
    const { bus } = memoryBackbone();
    const historians = [counting(), counting()];
    for (const [i, { call }] of historians.entries()) startCalls({ bus, historian: `h${i}`, calls: [call] });
    const history = new History(bus);
    const answers = await Promise.all(Array.from({ length: 40 }, () => all(history.read("count", { to: 9 }))));
    expect(new Set(answers)).toEqual(new Set(["1;2;3;4;5;6;7;8;9;"]));
    expect(historians.every(({ made }) => made.length > 0)).toBe(true);
  });

  it("repeats the request for a part that got lost", async () => {
    const { bus } = memoryBackbone();
    const { call, made } = counting();
    startCalls({ bus, historian: "h1", calls: [call] });
    let losses = 0;
    const losing: Bus = {
      ...{ publish: bus.publish.bind(bus), subscribe: bus.subscribe.bind(bus), respond: bus.respond.bind(bus) },
      flush: () => bus.flush(),
      async request(subject, data, options) {
        const answer = await bus.request(subject, data, options);
        if (!subject.startsWith("history.parts.") || ++losses % 2 === 0) return answer;
        throw new FleetError("unavailable", "lost");
      },
    };
    expect(await all(new History(losing).read("count", { to: 4 }))).toBe("1;2;3;4;");
    expect(made).toEqual([1, 2, 3, 4]);
    expect(losses).toBe(6);
  });

  it("fails if the historian ends before its answer", async () => {
    const { bus } = memoryBackbone();
    const { call, ended } = counting();
    const stop = startCalls({ bus, historian: "h1", calls: [call] });
    const parts = new History(bus).read("count", { to: 9 });
    await parts.next();
    stop();
    await settled(bus);
    expect(ended()).toBe(1);
    // Another process with the same name does not have the answer.
    startCalls({ bus, historian: "h1", calls: [call] });
    await expect(parts.next()).rejects.toEqual(unavailable);
  });

  it("waits a few seconds for a historian, and repeats an answer that its historian did not end", async () => {
    const { bus } = memoryBackbone();
    await expect(all(new History(bus).read("as-of", {}))).rejects.toEqual(unavailable);
    const limits = { eachMs: 0, allMs: 0, waiting: 0 };
    await expect(new History(bus, { retry: limits }).asOf("devices.summary", {}, { at: 1 })).rejects.toEqual(
      unavailable,
    );
    const asked = new History(bus, { retry: LIMITS }).asOf("devices.summary", {}, { at: 1, scope: { tags: ["a"] } });
    let tries = 0;
    const requests: unknown[] = [];
    startCalls({
      bus,
      historian: "h1",
      calls: [
        {
          name: "as-of",
          request: {},
          async answer(request) {
            requests.push(request);
            const isFirst = ++tries === 1;
            return (function* () {
              yield '{"seq":1,"at"';
              yield ":";
              if (isFirst) throw new FleetError("history-unavailable", "stopped");
              yield '"then","result":7}';
            })();
          },
        },
      ],
    });
    expect(await asked).toEqual({ seq: 1, at: "then", result: 7 });
    expect(requests).toEqual(Array(2).fill({ query: "devices.summary", params: {}, at: 1, scope: { tags: ["a"] } }));
  });

  describe("if a historian is gone", () => {
    const SHORT = { limits: { silenceMs: 30, answerMs: 100, returnMs: 50 } };

    /** A historian that is killed when it has received the call. */
    function killed(bus: Bus, call: string): () => number {
      let received = 0;
      const subscription = bus.respond(historyBeginSubject(call), "historians", () => {
        received++;
        subscription.stop();
        return new Promise(() => {});
      });
      return () => received;
    }

    it("asks another one after some silence", async () => {
      const { bus } = memoryBackbone();
      const received = killed(bus, "count");
      const asked = all(new History(bus, SHORT).read("count", { to: 3 }));
      await settled(bus);
      startCalls({ bus, historian: "h2", calls: [counting().call] });
      expect(await asked).toBe("1;2;3;");
      expect(received()).toBe(1);
    });

    it("does not repeat a call that begins something", async () => {
      const { bus } = memoryBackbone();
      const received = killed(bus, "begin");
      const asked = new History(bus, SHORT).answerOnce("begin", {});
      await settled(bus);
      let begun = 0;
      startCalls({ bus, historian: "h2", calls: [text("begin", async () => `${++begun}`)] });
      await expect(asked).rejects.toEqual(unavailable);
      expect([received(), begun]).toEqual([1, 0]);
      expect(await new History(bus, SHORT).answerOnce("begin", {})).toBe(1);
    });

    /** One historian gives a first part and is killed when the next is requested. Then another one answers 7. */
    function killedAfter(first: string): Bus {
      const { bus } = memoryBackbone();
      const part: HistoryPart = { text: first, next: { historian: "h1", answer: "a", part: 1 } };
      const begin = bus.respond(historyBeginSubject("call"), "historians", () => {
        begin.stop();
        return part;
      });
      const rest = bus.respond(historyPartsSubject("h1"), "h1", () => {
        rest.stop();
        startCalls({ bus, historian: "h2", calls: [text("call", async () => "7")] });
        return new Promise(() => {});
      });
      return bus;
    }

    it("asks another one for a whole answer, and for an answer whose text has not begun", async () => {
      expect(await new History(killedAfter("[1,"), SHORT).answer("call", {})).toBe(7);
      expect(await all(new History(killedAfter(""), SHORT).read("call", {}))).toBe("7");
      const begun = new History(killedAfter("[1,"), SHORT).read("call", {});
      expect((await begun.next()).value).toBe("[1,");
      await expect(begun.next()).rejects.toEqual(unavailable);
    });

    it("asks another one if the historian was restarted meanwhile", async () => {
      const bus = killedAfter("");
      const restarted = bus.subscribe("history.parts.h1", () => {
        restarted.stop();
        setImmediate(() => startCalls({ bus, historian: "h1", calls: [] }));
      });
      expect(await new History(bus, SHORT).answer("call", {})).toBe(7);
    });
  });

  describe("with a historian that takes long for its answer", () => {
    it("waits for it, and asks once", async () => {
      const { bus } = memoryBackbone();
      const made = Promise.withResolvers<string>();
      let calls = 0;
      const slow = text("slow", () => {
        calls++;
        return made.promise;
      });
      startCalls({ bus, historian: "h1", calls: [slow], emptyMs: 1 });
      const sent: unknown[] = [];
      const heard = bus.subscribe("history.parts.h1", ({ data }) => {
        // The first request for this part had no answer in time.
        if (sent.push(data) === 2) made.resolve("8");
      });
      const limits = { silenceMs: 500, answerMs: 100, returnMs: 50 };
      const asked = new History(bus, { limits }).answer("slow", {});
      expect(await asked).toBe(8);
      expect(new Set(sent.map((one) => JSON.stringify(one))).size).toBe(1);
      expect(calls).toBe(1);
      heard.stop();
    });

    it("passes on that the historian has too many calls, and asks no other historian", async () => {
      const { bus } = memoryBackbone();
      const made = Promise.withResolvers<string>();
      let calls = 0;
      const busy = text("slow", () => {
        calls++;
        return made.promise;
      });
      startCalls({ bus, historian: "h1", calls: [busy], emptyMs: 1 });
      let asked = 0;
      bus.subscribe("history.parts.h1", () => {
        if (++asked === 2) made.reject(new FleetError("history-unavailable", "too many calls"));
      });
      const limits = { silenceMs: 500, answerMs: 100, returnMs: 50 };
      await expect(all(new History(bus, { limits }).read("slow", {}))).rejects.toThrow("too many calls");
      expect(calls).toBe(1);
    });

    it("gives up after some time, and does not begin the work anew", async () => {
      const { bus } = memoryBackbone();
      let begun = 0;
      bus.respond(historyBeginSubject("slow"), "historians", (): HistoryPart => {
        begun++;
        return { text: "", next: { historian: "h1", answer: "a", part: 1 } };
      });
      bus.respond(historyPartsSubject("h1"), "h1", () => new Promise(() => {}));
      const limits = { silenceMs: 20, answerMs: 100, returnMs: 1_000, partMs: 60 };
      await expect(all(new History(bus, { limits }).read("slow", {}))).rejects.toThrow("takes too long");
      expect(begun).toBe(1);
    });

    it("waits for a historian of an earlier version, too", async () => {
      const { bus } = memoryBackbone();
      bus.respond(historySubject("slow"), "historians", async () => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        return { text: "9" };
      });
      const limits = { silenceMs: 10, answerMs: 30_000, returnMs: 50 };
      expect(await new History(bus, { limits }).answer("slow", {})).toBe(9);
    });

    it("does not send an empty part to a gateway of an earlier version", async () => {
      const { bus } = memoryBackbone();
      const made = Promise.withResolvers<string>();
      startCalls({ bus, historian: "h1", calls: [text("slow", () => made.promise)], emptyMs: 1 });
      const [older, newer] = [historySubject, historyBeginSubject].map((of) => bus.request(of("slow"), {}));
      expect(await newer).toMatchObject({ text: "" });
      made.resolve("8");
      expect(await older).toEqual({ text: "8" });
    });
  });
});
