import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readFileCpu, usedSeconds, writeFileCpu } from "./file-cpu.ts";

it("reads own and ended children's time, whatever the program's name is", () => {
  const stat = "42 (a) b ( c) S 1 42 42 0 -1 4194304 900 0 0 0 150 50 30 20 20 0 1 0 12345 0 0";
  expect(usedSeconds(stat)).toBe(2.5);
});

it.runIf(process.platform === "linux")("grows with the work of a child that has ended", () => {
  const before = usedSeconds();
  const used = "(({ user, system }) => user + system)(process.cpuUsage())";
  spawnSync(process.execPath, ["--eval", `while (${used} < 250_000);`]);
  expect(usedSeconds() - before).toBeGreaterThanOrEqual(0.2);
});

it("returns each file's seconds as written, and none without a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "fleetlog-cpu-"));
  try {
    const out = join(folder, "cpu");
    expect(readFileCpu(out)).toEqual(new Map());
    writeFileCpu(out, { file: "/a.test.ts", seconds: 1.5 });
    writeFileCpu(out, { file: "/b.test.ts", seconds: 0.25 });
    expect([...readFileCpu(out)]).toEqual([
      ["/a.test.ts", 1.5],
      ["/b.test.ts", 0.25],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
