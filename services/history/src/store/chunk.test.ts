import { tmpdir } from "node:os";
import { DuckDBAppender } from "@duckdb/node-api";
import { expect, it, onTestFinished, vi } from "vitest";
import { ChunkAppender } from "./chunk.ts";
import { type Cell, Duck } from "./duck.ts";
import { createTable, type TableColumn } from "./tables.ts";

const COLUMNS: readonly TableColumn[] = [
  { name: "seq", type: "BIGINT" },
  { name: "text", type: "VARCHAR" },
  { name: "other", type: "VARCHAR" },
];
const LONG = "a text too long for DuckDB to store inside its string struct ".repeat(100);

async function stored(chunks: readonly (readonly Cell[][])[], columns = COLUMNS): Promise<Cell[][]> {
  const duck = await Duck.open({ memory: 100e6, threads: 1, spill: tmpdir() });
  const session = await duck.connect();
  try {
    await session.run(createTable("kept", columns));
    const appender = new ChunkAppender(await session.appender("kept"), columns);
    for (const rows of chunks) {
      for (const row of rows) appender.add(row);
      appender.flush();
    }
    appender.close();
    const cells = columns.map(({ name, type }) => (type === "TIMESTAMPTZ" ? `epoch_ms(${name}) AS ${name}` : name));
    const found = await session.all<Record<string, Cell>>(`SELECT ${cells.join(", ")} FROM kept ORDER BY seq`);
    return found.map((row) => columns.map(({ name }) => row[name] ?? null));
  } finally {
    session.close();
    duck.close();
  }
}

it("the chunk writer keeps texts of every length, missing texts, and numbers", async () => {
  const texts = ["", "a", "twelve bytes", "thirteen byte", null, LONG, "ten bytes.", "\0", "last"];
  const rows = texts.map((text, i): Cell[] => [i * 2 ** 33 - 5, text, i % 2 === 0 ? null : "short"]);
  expect(await stored([rows])).toEqual(rows);
});

it("the chunk writer keeps multi-byte characters, also at the length limit of inlined texts", async () => {
  const texts = ["öäü", "twelve byteö", "eleven byteé", "🚜🚜🚜", "🚜🚜🚜🚜", "漢字", null, `${LONG}ß`, "plain"];
  const rows = texts.map((text, i): Cell[] => [i, text, "plain"]);
  expect(await stored([rows])).toEqual(rows);
});

it("the chunk writer does not join lone surrogates of neighbouring texts", async () => {
  const rows: Cell[][] = [
    [1, "first \ud83d", null],
    [2, "\ude9c second text", null],
    [3, "third text, undamaged", null],
  ];
  expect(await stored([rows])).toEqual([
    [1, "first \ufffd", null],
    [2, "\ufffd second text", null],
    [3, "third text, undamaged", null],
  ]);
});

it("the chunk writer writes chunks of many rows", async () => {
  const chunk = (from: number) =>
    Array.from({ length: 2_048 }, (_, i): Cell[] => [
      from + i,
      i % 7 === 0 ? null : `${LONG} ${from + i}`,
      `one of ninety texts: ${i % 90}`,
    ]);
  const chunks = [chunk(0), chunk(2_048), chunk(4_096).slice(0, 65)];
  expect(await stored(chunks)).toEqual(chunks.flat());
});

it("the chunk writer keeps texts of 0 to 29 characters, also beside a text of 3 MB", async () => {
  const texts = Array.from({ length: 30 }, (_, n) => "abcdefghijklmnopqrstuvwxyz01234".slice(0, n));
  const others = [...texts.map((text) => text.replaceAll("c", "ü")), "x".repeat(3_000_000), "ü"];
  const chunk = (from: number, some: readonly string[]) =>
    some.map((text, i): Cell[] => [from + i, text, some.at(-1 - i) ?? null]);
  const chunks = [chunk(0, texts), chunk(100, others), chunk(200, texts)];
  expect(await stored(chunks)).toEqual(chunks.flat());
});

it("the chunk writer keeps nothing of an earlier chunk", async () => {
  const chunks: Cell[][][] = [
    [
      [0, null, "short"],
      [1, LONG, null],
    ],
    [
      [2, "now a text", LONG],
      [3, null, "now a text"],
      [4, LONG, "short"],
    ],
    [[5, "", null]],
  ];
  expect(await stored(chunks)).toEqual(chunks.flat());
});

it("the chunk writer keeps texts that neighbouring rows have in common", async () => {
  const texts = ["same text as below", "same text as below", "öäüöäü", "öäüöäü", null, "öäüöäü", "short", "short"];
  const others = [LONG, LONG, null, LONG, LONG.slice(1), LONG.slice(1), LONG, "ü"];
  const rows = (from: number) => texts.map((text, i): Cell[] => [from + i, text, others[i] ?? null]);
  const chunks = [rows(0), rows(10).toReversed(), rows(20)].map((chunk, i) =>
    chunk.map((row, j) => row.with(0, i * 10 + j)),
  );
  expect(await stored(chunks)).toEqual(chunks.flat());
});

it("the chunk writer begins a chunk when the last one is full, and flushes when the table has a row group", async () => {
  const flush = vi.spyOn(DuckDBAppender.prototype, "flushSync");
  onTestFinished(() => flush.mockRestore());
  const rows = Array.from({ length: 123_000 }, (_, i): Cell[] => [i, i % 3 === 0 ? null : `row number ${i}`, "x"]);
  expect(await stored([rows])).toEqual(rows);
  expect(flush).toHaveBeenCalledTimes(2);
});

it("the chunk writer keeps times of all years, before 1970 and beyond the range of exact microseconds", async () => {
  const years = ["0001-01-01T00:00:00.001Z", "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00.000Z"];
  const times = [...years, "2026-11-29T20:40:00.123Z", "2255-06-05T23:47:34.741Z", "9999-12-31T23:59:59.999Z"];
  const columns: readonly TableColumn[] = [
    { name: "seq", type: "BIGINT" },
    { name: "time", type: "TIMESTAMPTZ" },
  ];
  const rows = [...times.map((time, i): Cell[] => [i, Date.parse(time)]), [times.length, null]];
  expect(await stored([rows], columns)).toEqual(rows);
});

it("the chunk writer refuses a number that is not whole", async () => {
  await expect(stored([[[1.5, null, null]]])).rejects.toThrow("1.5 is not a whole number");
});

it("the chunk writer appends nothing more after an error, since a part of the rows may be in the table", async () => {
  const duck = await Duck.open({ memory: 100e6, threads: 1, spill: tmpdir() });
  const session = await duck.connect();
  onTestFinished(() => {
    session.close();
    duck.close();
  });
  await session.run(createTable("kept", COLUMNS));
  const appender = new ChunkAppender(await session.appender("kept"), COLUMNS);
  const append = vi.spyOn(DuckDBAppender.prototype, "appendDataChunk").mockImplementationOnce(() => {
    throw new Error("out of memory");
  });
  onTestFinished(() => append.mockRestore());
  const row: Cell[] = [1, "text", null];
  expect(appender.failure).toBeUndefined();
  appender.add(row);
  expect(() => appender.flush()).toThrow("out of memory");
  expect(() => appender.add(row)).toThrow("out of memory");
  expect(() => appender.flush()).toThrow("out of memory");
  expect(append).toHaveBeenCalledTimes(1);
  appender.close();
  expect(await session.all("SELECT count(*) AS n FROM kept")).toEqual([{ n: 0 }]);
});
