import { subjectOf } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import type { ProjectionResult } from "../projection-process.ts";
import { Vm } from "./vm.ts";

const EVENTS = [
  { seq: 1, type: "DeviceRegistered", subject: "fleet.device.a", time: "2026-01-01T00:00:01Z", data: { device: "a" } },
  { seq: 2, type: "SessionOpened", subject: "fleet.session.a", time: "2026-01-01T00:00:02Z", data: { device: "a" } },
  { seq: 3, type: "DeviceRegistered", subject: "fleet.device.b", time: "2026-01-01T00:00:03Z", data: { device: "b" } },
  { seq: 4, type: "SessionOpened", subject: "fleet.session.a", time: "2026-01-01T00:00:04Z", data: { device: "a" } },
];

const TASK_MS = 300;

/** @throws Error with the fault */
async function folded(code: string, events: readonly object[] = EVENTS): Promise<ProjectionResult> {
  const vm = await Vm.open();
  const run = (task: Parameters<Vm["run"]>[0]): string => {
    const answer = vm.run(task);
    if ("ok" in answer) return answer.ok;
    throw new Error(answer.fault);
  };
  run({ type: "load", code, taskMs: TASK_MS });
  run({ type: "fold", events: JSON.stringify(events) });
  return JSON.parse(run({ type: "finish" })) as ProjectionResult;
}

describe("a projection", () => {
  it("keeps a row for each device, or for each key that keyOf returns", async () => {
    const count = "function evolve(row = { n: 0 }, event) { return { n: row.n + 1, last: event.type } }";
    expect(await folded(count)).toEqual({
      rows: [
        { key: "a", row: { n: 3, last: "SessionOpened" } },
        { key: "b", row: { n: 1, last: "DeviceRegistered" } },
      ],
      moreRows: 0,
      events: 4,
    });
    const byType = `${count}; function keyOf({ type }) { return type === "SessionOpened" ? type : undefined }`;
    expect(await folded(byType)).toMatchObject({ rows: [{ key: "SessionOpened", row: { n: 2 } }], events: 2 });
  });

  it("finds the row of a device by its id, with any characters in the id", async () => {
    const ids = ["plant:gw-7", "TPE:00:90/E8 ä"];
    const events = ids.map((id, i) => ({ ...EVENTS[0], seq: i, subject: subjectOf("session", id) }));
    expect((await folded("function evolve() { return 1 }", events)).rows.map(({ key }) => key)).toEqual(ids);
  });

  it("keeps a row on undefined, and removes it on null", async () => {
    const code = `var evolve = (row, { type, seq }) => seq === 4 ? null : type === "DeviceRegistered" ? { seq } : undefined`;
    expect((await folded(code)).rows).toEqual([{ key: "b", row: { seq: 3 } }]);
  });

  it("has the times of events, but no clock and no random numbers", async () => {
    const times = "function evolve(_, event) { return new Date(event.time).getUTCSeconds() }";
    expect((await folded(times)).rows).toEqual([
      { key: "a", row: 4 },
      { key: "b", row: 3 },
    ]);
    for (const use of ["Date.now()", "new Date()", "Date()", "new (new Date(0).constructor)()"])
      await expect(folded(`function evolve() { return ${use} }`)).rejects.toThrow(/no clock/);
    await expect(folded("function evolve() { return Math.random() }")).rejects.toThrow(/no chance/);
  });

  it("lists a thousand rows, and counts the others", async () => {
    const events = Array.from({ length: 1_200 }, (_, i) => ({ ...EVENTS[0], seq: i, subject: `fleet.device.d${i}` }));
    const result = await folded("function evolve() { return 1 }", events);
    expect([result.rows.length, result.moreRows]).toEqual([1_000, 200]);
  });

  it("that throws is refused with the error, and with the event that caused it", async () => {
    const cases = [
      ["function evolve(\n {", /^SyntaxError: .* \(line 2\)$/],
      ["let x = 1", /^the code must declare function evolve/],
      ["missing()", /^ReferenceError: 'missing' is not defined \(line 1\)$/],
      ["function evolve(row) {\n return row.n }", /^at the event 1 \(DeviceRegistered\): TypeError: .* \(line 2\)$/],
      ["async function evolve() { return 1 }", /^at the event 1 \(DeviceRegistered\): evolve must not be async$/],
      ["function evolve() { return () => 1 }", /^the row of a has no JSON/],
      ["function evolve() { throw 'mine' }", /^at the event 1 \(DeviceRegistered\): it threw mine$/],
    ] as const;
    for (const [code, message] of cases) await expect(folded(code), code).rejects.toThrow(message);
  });
});

describe("a hostile projection", () => {
  it("has no access to the machine", async () => {
    const names =
      "[typeof process, typeof require, typeof fetch, typeof module, typeof setTimeout, typeof WebAssembly, typeof std, typeof os]";
    const code = `function evolve() { return ${names} }`;
    const found = (await folded(code)).rows[0]?.row;
    expect(new Set(found as string[])).toEqual(new Set(["undefined"]));
    const roots = [
      "this.constructor.constructor('return typeof process')()",
      "(() => {}).constructor('return typeof process')()",
      "Object.getPrototypeOf(function*(){}).constructor('yield typeof process')().next().value",
      "[].at.constructor('return typeof globalThis.process')()",
      "new Error().constructor.constructor('return typeof require')()",
    ];
    for (const root of roots)
      expect((await folded(`function evolve() { return ${root} }`)).rows[0]?.row, root).toBe("undefined");
    for (const one of ["process.exit()", "require('fs')", "fetch('http://127.0.0.1')"])
      await expect(folded(`function evolve() { ${one} }`), one).rejects.toThrow(/is not defined/);
    expect((await folded("function evolve() { import('node:fs').catch(() => {}); return 1 }")).rows[0]?.row).toBe(1);
    await expect(folded("import 'node:fs'; function evolve() {}")).rejects.toThrow(/SyntaxError/);
  });

  it.each([
    [
      "loops",
      "function evolve(_, { seq }) { while (seq === 3); }",
      /^it ran longer than 0.3 s, at the event 3 \(DeviceRegistered\)$/,
    ],
    ["loops when it is loaded", "for (;;);", /^it ran longer than 0.3 s$/],
    ["loops in a getter of its error", "function evolve() { throw { toString() { for (;;); } } }", /longer than 0.3 s/],
    [
      "has a catastrophic regular expression",
      "function evolve() { /^(a+)+$/.test('a'.repeat(50) + 'b') }",
      /longer than 0.3 s/,
    ],
    [
      "allocates without end",
      "const all = []; function evolve() { for (;;) all.push(new Uint8Array(1e6)) }",
      /memory|longer/,
    ],
    [
      "makes texts without end",
      "let s = 'x'; function evolve() { for (;;) s += s + s.length }",
      /memory|longer|too long/,
    ],
    ["has a result without end", "function evolve() { return 'x'.repeat(2e6) }", /more than 1000000 characters/],
    ["recurses", "function evolve() { return evolve() }", /recursion|stack/],
    [
      "nests",
      "let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; function evolve() { return o }",
      /recursion|stack|circular|memory/,
    ],
    [
      "parses a deeply nested text",
      "function evolve() { JSON.parse('['.repeat(1e5)) }",
      /recursion|stack|SyntaxError|sandbox/,
    ],
  ])("that %s is ended with a clear error", async (_, code, message) => {
    await expect(folded(code)).rejects.toThrow(message);
  });

  it("changes only its own prototypes", async () => {
    const code = `
      for (const name of ["get", "set", "delete", "forEach"]) Map.prototype[name] = () => { throw 1 };
      Object.prototype.polluted = "yes"; Array.prototype.push = () => { throw 2 }; String.prototype.split = () => [];
      JSON.parse = JSON.stringify = () => "{}"; Function.prototype.call = Function.prototype.apply = () => { throw 3 };
      Object.defineProperty(Object.prototype, "ok", { get() { return "forged" } });
      function evolve(row, event) { return { seq: event.seq, ["__proto__"]: { a: 1 } } }`;
    const { rows } = await folded(code);
    expect(rows.map(({ key }) => key)).toEqual(["a", "b"]);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    expect((await folded("function evolve() { return ({}).polluted ?? 'clean' }")).rows[0]?.row).toBe("clean");
  });
});
