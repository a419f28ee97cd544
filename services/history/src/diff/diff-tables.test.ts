import { afterAll, beforeAll, expect, it } from "vitest";
import { workspace } from "../testing/stores.ts";
import { DiffTables } from "./diff-tables.ts";

let place: Awaited<ReturnType<typeof workspace>>;
beforeAll(async () => {
  place = await workspace();
});
afterAll(() => place.remove());

const changes = (count: number) =>
  `SELECT i AS seq, 'd' || i AS device, 'name' AS change, 'null' AS before, '"' || i || '"' AS after, 'device' AS cause,
     '' AS who FROM range(${count}) t(i)`;

it("a comparison that takes too long is aborted", async () => {
  const long = DiffTables.open(place.duck, changes(1_000_000_000), 200);
  await expect(long).rejects.toMatchObject({ code: "query-limit", advice: "Ask about a shorter time." });
  const tables = await DiffTables.open(place.duck, changes(3));
  expect(tables.rows).toBe(3);
  await tables.close();
});
