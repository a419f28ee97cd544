// @vitest-environment happy-dom
import { afterEach, expect, it } from "vitest";
import { all, mount, textOf, unmountAll } from "../../testing/dom.ts";
import { ProcessesCard } from "./processes-card.ts";

afterEach(unmountAll);

const heardAt = "2026-01-31T12:00:00.000Z";

it("the card lists historians with their progress", async () => {
  const historians = [
    { id: "historian-1", seq: 5_120, lag: 0, heardAt },
    { id: "historian-2", seq: 120, lag: 5_000, heardAt },
    { id: "historian-3", seq: 120, lag: 5_000, rebuild: { seq: 3_072, goal: 5_120 }, heardAt },
  ];
  const card = await mount(new ProcessesCard(), { historians });
  const [first = "", second = "", third] = all(card, "[aria-labelledby=historians] li").map(textOf);
  expect(first).toMatch(/^historian-1 Up to date Has the whole log, at #5,120 · heartbeat/);
  expect(second).toMatch(/^historian-2 Following 5,000 events behind, at #120 · heartbeat/);
  expect(third).toContain(
    "Rebuilding Updated: a new history is built (60 % of 5,120 events), the old one answers; 5,000 events behind, at #120",
  );
});

it("the card names the folder of a history that was set aside", async () => {
  const setAside = ["/data/historian-h1/FLEET/a-unreadable"];
  const historians = [{ id: "historian-1", seq: 120, lag: 5_000, setAside, heardAt }];
  const card = await mount(new ProcessesCard(), { historians });
  expect(all(card, "[aria-labelledby=historians] li").map(textOf)[0]).toContain(
    "Check the disk, then delete /data/historian-h1/FLEET/a-unreadable",
  );
});

it("the card shows how many files of an archive are compared, and how many of them are damaged", async () => {
  const telemetry = { seq: 900, lag: 0, first: 1, bytes: 2_048 };
  const historians = [
    { check: { checked: 3, of: 8, damaged: 0 } },
    { check: { checked: 8, of: 8, damaged: 1, finishedAt: heardAt } },
  ].map(({ check }, i) => ({ id: `h${i}`, seq: 1, lag: 0, heardAt, telemetry: { ...telemetry, check } }));
  const card = await mount(new ProcessesCard(), { historians });
  const [first, second] = all(card, "[aria-labelledby=historians] li").map(textOf);
  expect(first).toMatch(/Archive of telemetry: #1 to #900, 2\S* KiB · 3 of 8 files compared with their hashes$/);
  expect(second).toMatch(/ · all files compared with their hashes .+, 1 damaged$/);
});

it("the card says what is missing while no historian runs", async () => {
  const card = await mount(new ProcessesCard());
  const [section] = all(card, "[aria-labelledby=historians]");
  expect(textOf(section as HTMLElement)).toContain("the past can't be shown");
});
