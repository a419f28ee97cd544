import type { HistoryNext } from "@fleetlog/protocol";
import { expect, it } from "vitest";
import { type Begun, begun } from "./begun.ts";
import { HeldAnswers } from "./held-answers.ts";

/** Parts of an answer, and whether it was ended early. */
function source(...texts: string[]) {
  let isEnded = false;
  const made = (async function* () {
    try {
      yield* texts;
    } finally {
      isEnded = true;
    }
  })();
  return { parts: made, isEnded: () => isEnded };
}

function late() {
  const answer = Promise.withResolvers<Begun>();
  answer.promise.catch(() => {});
  return answer;
}

it("an answer that is not made in time begins with an empty part", async () => {
  const held = new HeldAnswers({ historian: "h" });
  for (const [texts, expected] of [
    [[], ""],
    [["a"], "a"],
    [["a", "b", "c"], "abc"],
  ] as const) {
    const answer = late();
    let part = await held.beginWithin(1, answer.promise);
    expect(part.text).toBe("");
    answer.resolve(await begun(texts));
    let text = "";
    while (part.next !== undefined) {
      const { next } = part;
      part = await held.part(next);
      expect(await held.part(next)).toEqual(part);
      text += part.text;
    }
    expect(text).toBe(expected);
  }
});

it("the next part is rejected if the answer fails after its empty part", async () => {
  const held = new HeldAnswers({ historian: "h" });
  const answer = late();
  const { next } = await held.beginWithin(1, answer.promise);
  answer.reject(new TypeError("no"));
  await expect(next && held.part(next)).rejects.toThrow("no");
  expect(held.size).toBe(0);
});

it("a part that is being made for a caller who cancels is refused as gone, and not with the error by which it ends", async () => {
  const held = new HeldAnswers({ historian: "h" });
  const third = Promise.withResolvers<IteratorResult<string>>();
  const source = {
    next: () => third.promise,
    return: async () => {
      third.reject(new Error("nobody reads the answer"));
      return { done: true as const, value: undefined };
    },
  };
  const [first, second] = ["a", "b"].map((value) => ({ done: false as const, value }));
  const begun = await held.begin({ first, second, source } as Begun);
  const next = begun.next as HistoryNext;
  const part = held.part(next);
  held.cancel(next.answer);
  await expect(part).rejects.toMatchObject({ code: "history-unavailable", field: "answer" });
});

it("an answer that was cancelled before it was made is ended when it is made", async () => {
  const held = new HeldAnswers({ historian: "h" });
  const answer = late();
  const { next } = await held.beginWithin(1, answer.promise);
  held.cancel(next?.answer ?? "");
  const { parts, isEnded } = source("a", "b", "c");
  answer.resolve(await begun(parts));
  await expect.poll(isEnded).toBe(true);
  expect(held.size).toBe(0);
});

it("an answer takes one of the limited places only when it has been made", async () => {
  const held = new HeldAnswers({ historian: "h", answers: 1 });
  const answer = late();
  const { next } = await held.beginWithin(1, answer.promise);
  const other = await held.begin(await begun(source("a", "b", "c").parts));
  const { parts, isEnded } = source("x", "y", "z");
  answer.resolve(await begun(parts));
  await expect(next && held.part(next)).rejects.toMatchObject({ code: "history-unavailable" });
  await expect.poll(isEnded).toBe(true);
  await expect(begun(["x", "y"]).then((one) => held.begin(one))).rejects.toMatchObject({ code: "history-unavailable" });
  held.cancel(other.next?.answer ?? "");
  expect(await held.begin(await begun(["x", "y"]))).toMatchObject({ text: "x" });
  held.close();
});
