import { beforeEach, describe, expect, it } from "vitest";
import { AnswerByClosing } from "./answer-by-closing.ts";

let now = 0;
let closing: AnswerByClosing;
beforeEach(() => {
  now = 1_000_000;
  closing = new AnswerByClosing(() => now);
});

const answered = (id: string) => ({
  kind: "command-result",
  result: { id, ok: true, result: { assumed: "the device closed its connection in answer" } },
});

describe("closing as an answer", () => {
  it("answers the newest command that went by its own name alone", () => {
    closing.sent("first");
    closing.sent("second");
    now += 3_000;
    expect(closing.closed(1000)).toEqual(answered("second"));
  });

  it("says nothing without such a command, with another code, or later", () => {
    expect(closing.closed(1000)).toEqual([]);
    closing.sent("reboot");
    for (const code of [1001, 1005, 1006, 4000]) expect(closing.closed(code)).toEqual([]);
    now += 3_001;
    expect(closing.closed(1000)).toEqual([]);
  });

  it("says nothing of a device that has answered a command by calling", () => {
    closing.answersByCalling();
    closing.sent("reboot");
    expect(closing.closed(1000)).toEqual([]);
  });
});
