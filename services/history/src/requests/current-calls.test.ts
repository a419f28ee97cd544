import Type from "typebox";
import { expect, it } from "vitest";
import type { Parts } from "./begun.ts";
import type { Call } from "./calls.ts";
import { type Answers, CurrentCalls } from "./current-calls.ts";

class Closing implements Answers {
  readonly calls: readonly Call[];
  isClosed = false;

  constructor(answer: () => Promise<string | Parts>) {
    this.calls = [{ name: "one", request: Type.Object({}), answer }];
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

function ask({ list }: CurrentCalls): Promise<string | Parts> {
  return list[0]?.answer({} as never) ?? Promise.reject(new TypeError("there is no call"));
}

it("a replaced history is closed once its answers that have begun are read", async () => {
  const running = Promise.withResolvers<string>();
  const waiting = [running.promise, Promise.resolve(["a", "b"])];
  const former = new Closing(async () => (await waiting.shift()) ?? "");
  const calls = new CurrentCalls(former);
  const slow = ask(calls);
  const iterator = ((await ask(calls)) as AsyncIterable<string>)[Symbol.asyncIterator]();
  const replaced = calls.replace(new Closing(async () => "next"));
  expect(await ask(calls)).toBe("next");
  expect(await iterator.next()).toEqual({ value: "a", done: false });
  running.resolve("slow");
  expect(await slow).toBe("slow");
  await iterator.next();
  expect(former.isClosed).toBe(false);
  expect((await iterator.next()).done).toBe(true);
  await replaced;
  expect(former.isClosed).toBe(true);
});

it("an answer can be ended while a part of it is made", async () => {
  const part = Promise.withResolvers<IteratorResult<string>>();
  let isEnded = false;
  const source: AsyncIterator<string> = {
    next: () => part.promise,
    async return() {
      isEnded = true;
      return { done: true, value: undefined };
    },
  };
  const former = new Closing(async () => ({ [Symbol.asyncIterator]: () => source }));
  const calls = new CurrentCalls(former);
  const iterator = ((await ask(calls)) as AsyncIterable<string>)[Symbol.asyncIterator]();
  void iterator.next();
  const replaced = calls.replace(new Closing(async () => ""));
  await iterator.return?.();
  expect(isEnded).toBe(true);
  await replaced;
  expect(former.isClosed).toBe(true);
});

it("the present and replaced histories are closed at once on a stop, even while answers are read", async () => {
  const former = new Closing(async () => ["a", "b"]);
  const calls = new CurrentCalls(former);
  await ask(calls);
  const next = new Closing(async () => "");
  const replaced = calls.replace(next);
  await calls.close();
  await replaced;
  expect([former.isClosed, next.isClosed]).toEqual([true, true]);
});
