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

describe("AnswerByClosing", () => {
  it("takes a close within 3 s as the answer to the newest command", () => {
    closing.commandSent("first");
    closing.commandSent("second");
    now += 3_000;
    expect(closing.closed(1000)).toEqual(answered("second"));
  });

  it("reports nothing when no command was sent, or the close has another code than 1000 or comes after 3 s", () => {
    expect(closing.closed(1000)).toEqual([]);
    closing.commandSent("reboot");
    for (const code of [1001, 1005, 1006, 4000]) expect(closing.closed(code)).toEqual([]);
    now += 3_001;
    expect(closing.closed(1000)).toEqual([]);
  });

  it("reports nothing after it was disabled", () => {
    closing.disable();
    closing.commandSent("reboot");
    expect(closing.closed(1000)).toEqual([]);
  });
});
