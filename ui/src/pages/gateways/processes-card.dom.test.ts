// @vitest-environment happy-dom
import { afterEach, expect, it } from "vitest";
import { all, mount, textOf, unmountAll } from "../../testing/dom.ts";
import { ProcessesCard } from "./processes-card.ts";

afterEach(unmountAll);

const heardAt = "2026-01-31T12:00:00.000Z";

it("lists historians with how far they are", async () => {
  const historians = [
    { id: "historian-1", seq: 5_120, lag: 0, heardAt },
    { id: "historian-2", seq: 120, lag: 5_000, heardAt },
  ];
  const card = await mount(new ProcessesCard(), { historians });
  const [first = "", second = ""] = all(card, "[aria-labelledby=historians] li").map(textOf);
  expect(first).toMatch(/^historian-1 Up to date Has the whole log, at #5,120 · heartbeat/);
  expect(second).toMatch(/^historian-2 Following 5,000 events behind, at #120 · heartbeat/);
});

it("says what is missing while no historian runs", async () => {
  const card = await mount(new ProcessesCard());
  const [section] = all(card, "[aria-labelledby=historians]");
  expect(textOf(section as HTMLElement)).toContain("the past can't be shown");
});
