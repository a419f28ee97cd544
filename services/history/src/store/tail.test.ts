import { DuckDBAppender } from "@duckdb/node-api";
import type { RecordedEvent } from "@fleetlog/domain";
import { History } from "@fleetlog/projections/fixtures";
import { expect, it, onTestFinished, vi } from "vitest";
import { workspace } from "../testing/stores.ts";
import { eventCells } from "./cells.ts";
import { Tail } from "./tail.ts";

it("a tail writes several large events at once, without waiting for a full chunk of rows", async () => {
  const { duck, remove } = await workspace();
  onTestFinished(remove);
  const appended = vi.spyOn(DuckDBAppender.prototype, "appendDataChunk");
  onTestFinished(() => appended.mockRestore());
  const history = new History();
  const [small, large] = [history.register("a"), history.register("b")];
  const tail = await Tail.open(duck, [], { after: 0, firstVersion: 1 });
  const add = (event: RecordedEvent) => tail.addEvent(event, eventCells(event));
  const withText = (letter: string) => ({ ...large, data: { ...large.data, text: letter.repeat(2.1e6) } }) as never;
  add(small);
  add(withText("x"));
  expect(appended).not.toHaveBeenCalled();
  add(withText("y"));
  expect(appended).toHaveBeenCalledTimes(1);
  const session = await duck.connect();
  try {
    const rows = await session.all<{ size: number }>(`SELECT length(data) AS size FROM ${tail.tableOf("events")}`);
    expect(rows.map(({ size }) => size > 2e6)).toEqual([false, true, true]);
  } finally {
    session.close();
    await tail.drop();
  }
});
