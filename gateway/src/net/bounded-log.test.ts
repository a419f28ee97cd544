import { pino } from "pino";
import { expect, it } from "vitest";
import { BoundedLog } from "./bounded-log.ts";

function log() {
  const lines: { msg: string; level: number; count?: number }[] = [];
  let now = 0;
  const bounded = new BoundedLog(pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }), () => now);
  const write = (address: string, kind = "refused log-ins") =>
    bounded.write({ level: "info", kind, address, fields: {}, message: `from ${address}` });
  const pass = (ms: number) => {
    now += ms;
  };
  return { lines, write, pass };
}

it("BoundedLog writes at most 20 lines of a kind in ten seconds for one address, and counts the rest by kind", () => {
  const { lines, write, pass } = log();
  for (let i = 0; i < 50; i++) write("192.0.2.1");
  for (let i = 0; i < 25; i++) write("192.0.2.1", "refused requests");
  write("192.0.2.2");
  expect(lines.map(({ msg }) => msg)).toEqual([...Array(40).fill("from 192.0.2.1"), "from 192.0.2.2"]);
  pass(10_000);
  write("192.0.2.1");
  expect(lines.slice(41)).toMatchObject([
    { level: 40, count: 30, msg: "30 more lines like this were not logged: refused log-ins" },
    { level: 40, count: 5, msg: "5 more lines like this were not logged: refused requests" },
    { level: 30, msg: "from 192.0.2.1" },
  ]);
});

it("BoundedLog writes at most 200 lines at once for all addresses together, and then one a second", () => {
  const { lines, write, pass } = log();
  for (let i = 0; i < 1_000; i++) write(`address ${i}`);
  expect(lines).toHaveLength(200);
  pass(10_000);
  for (let i = 0; i < 1_000; i++) write(`address ${i}`);
  expect(lines).toHaveLength(200 + 1 + 10);
});
