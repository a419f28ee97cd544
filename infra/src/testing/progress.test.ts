import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { root } from "../system/root.ts";
import { LIMIT_MS, PROGRESS, watchProgress, writeProgress } from "./progress.ts";

const IGNORES_SIGTERM = `
process.on("SIGTERM", () => {});
setInterval(() => {}, 1000);
process.stdout.write("ready");
`;
const SOON = { limitMs: 200, intervalMs: 10, graceMs: 100 };

let folder: string;
let stop: () => void = () => undefined;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-progress-"));
});
afterEach(() => {
  stop();
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** A process that does not end by itself. */
async function endless(file: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--eval", IGNORES_SIGTERM], {
    env: { ...process.env, [PROGRESS]: file },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await once(child.stdout, "data");
  return child;
}

it("names the tests that still run, and ends the run's processes, if no test begins or ends within the limit", async () => {
  const [file, other] = [join(folder, "a.progress"), join(folder, "b.progress")];
  const [hanging, beside] = [await endless(file), await endless(other)];
  writeProgress(file, ["test/a.test.ts > never ends"]);
  const lines: string[] = [];
  const ended = once(hanging, "exit");
  stop = watchProgress(file, (line) => lines.push(line), SOON);
  expect(await ended).toEqual([null, "SIGKILL"]);
  expect(lines).toEqual([
    " ✗ no test began or ended for 0.2 s: the run is ended. Still running:",
    "     test/a.test.ts > never ends",
  ]);
  expect(beside.exitCode ?? beside.signalCode).toBeNull();
});

it("ends a run in which no test ever began", async () => {
  const file = join(folder, "a.progress");
  const hanging = await endless(file);
  const say = vi.fn();
  const ended = once(hanging, "exit");
  stop = watchProgress(file, say, SOON);
  await ended;
  expect(say.mock.calls).toEqual([[expect.stringMatching(/the run is ended\. No test was running\.$/)]]);
});

it("leaves a run alone while tests end, even if another test runs on", async () => {
  const file = join(folder, "a.progress");
  const busy = await endless(file);
  vi.useFakeTimers();
  try {
    const say = vi.fn();
    stop = watchProgress(file, say, { limitMs: 60_000, intervalMs: 5_000 });
    for (let minute = 0; minute < 10; minute += 1) {
      writeProgress(file, ["test/a.test.ts > runs on"]);
      vi.advanceTimersByTime(55_000);
    }
    expect(say).not.toHaveBeenCalled();
    stop();
  } finally {
    vi.useRealTimers();
  }
  expect(busy.exitCode ?? busy.signalCode).toBeNull();
});

it("has more patience than every test", () => {
  const files = globSync("{services/*,gateway,ui,simulators,infra}/src/**/*.test.ts", { cwd: root });
  files.push(...globSync("test/**/*.test.ts", { cwd: root }));
  const limits = files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    return [...text.matchAll(/^ *\}, ([\d_]+)\);$|\btimeout: ([\d_]+)/gm)].map(([, last, named]) =>
      Number((last ?? named ?? "").replaceAll("_", "")),
    );
  });
  expect(limits.length).toBeGreaterThan(100);
  expect(Math.max(...limits)).toBeLessThan(LIMIT_MS);
});
