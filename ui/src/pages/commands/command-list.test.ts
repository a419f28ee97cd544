import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { CommandPage, CommandResource } from "../../data/commands.ts";
import { CommandList } from "./command-list.ts";

let newest: number;
let gone: Set<number>;
let list: CommandList;

const command = (seq: number) => ({ id: `c${seq}`, seq, name: "blink", state: "issued" }) as CommandResource;
const settled = () => vi.advanceTimersByTimeAsync(1_000);
const host = { addController() {}, removeController() {}, requestUpdate() {}, updateComplete: Promise.resolve(true) };
const ids = () => list.rows?.slice(0, 3).map(({ id }) => id);

beforeEach(async () => {
  vi.useFakeTimers();
  [newest, gone] = [100, new Set()];
  list = new CommandList(host, async ({ limit = 0 }): Promise<CommandPage> => {
    const all = Array.from({ length: newest }, (_, index) => newest - index).filter((seq) => !gone.has(seq));
    return { items: all.slice(0, limit).map(command), next: "more", total: all.length };
  });
  list.show({});
  await settled();
  list.setVisible({ first: 0, end: 30 });
});
afterEach(() => vi.useRealTimers());

async function change(): Promise<void> {
  list.changed(null);
  await settled();
}

it("while held, counts new commands in `pending` instead of showing them", async () => {
  list.hold(true, () => ({ first: 0, end: 10 }));
  newest = 102;
  await change();
  expect([list.pending, ids()]).toEqual([2, ["c100", "c99", "c98"]]);
  list.hold(false, () => undefined);
  expect([list.pending, ids()]).toEqual([0, ["c102", "c101", "c100"]]);
});

it("while held, removes rows that are gone; if a visible row is gone, sets `pending` to -1 instead", async () => {
  list.hold(true, () => ({ first: 0, end: 10 }));
  gone.add(80);
  await change();
  expect([list.pending, list.rows?.some(({ id }) => id === "c80")]).toEqual([0, false]);
  gone.add(95);
  await change();
  expect([list.pending, list.rows?.some(({ id }) => id === "c95")]).toEqual([-1, true]);
});
