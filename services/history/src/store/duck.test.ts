import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBConnection } from "@duckdb/node-api";
import { expect, it, onTestFinished, vi } from "vitest";
import { Duck } from "./duck.ts";

async function opened(memory: number) {
  const directory = mkdtempSync(join(tmpdir(), "fleetlog-duck-"));
  const duck = await Duck.open({ memory, threads: 1, spill: join(directory, "spill") });
  const session = await duck.connect();
  onTestFinished(() => {
    session.close();
    duck.close();
    rmSync(directory, { recursive: true });
  });
  /** Bytes, as DuckDB shows them. */
  const limit = async () => {
    const [row] = await session.all<{ limit: string }>("SELECT current_setting('memory_limit') AS limit");
    return Math.round((Number.parseFloat(row?.limit ?? "") * 1024 ** 2) / 1e6) * 1e6;
  };
  return { duck, limit };
}

it("half of a DuckDB's memory is lent to one other at a time", async () => {
  const { duck, limit } = await opened(300e6);
  expect(await limit()).toBe(300e6);
  expect(await Promise.all([duck.lend(), duck.lend()])).toEqual([150e6, undefined]);
  expect(await limit()).toBe(150e6);
  await duck.takeBack(150e6);
  expect(await limit()).toBe(300e6);
  expect(await duck.lend()).toBe(150e6);
});

it("a DuckDB lends nothing if one of the halves would be too small", async () => {
  const { duck, limit } = await opened(190e6);
  expect(await duck.lend()).toBeUndefined();
  expect(await limit()).toBe(190e6);
});

it("a DuckDB lends nothing while statements use the memory", async () => {
  const { duck, limit } = await opened(300e6);
  const run = vi.spyOn(DuckDBConnection.prototype, "run");
  onTestFinished(() => run.mockRestore());
  run.mockRejectedValueOnce(new Error("Failed to change memory limit"));
  expect(await duck.lend()).toBeUndefined();
  expect(await limit()).toBe(300e6);
  expect(await duck.lend()).toBe(150e6);
});
