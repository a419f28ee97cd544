import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { commandLine, parentOf, pidsWithVariable } from "../system/processes.ts";
import { openRunFolder } from "./run-folder.ts";

let base: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "fleetlog-base-"));
});

afterEach(() => rmSync(base, { recursive: true }));

interface Work {
  readonly process: ChildProcess;
  readonly path: string;
  readonly left: readonly string[];
  readonly child: number;
}

const sources = join(import.meta.dirname, "..");

async function work(how = "", fixture = join(sources, "fixtures", "in-run-folder.ts")): Promise<Work> {
  // A base outside this test's own run.
  const env = { ...process.env, TMPDIR: base };
  const child = spawn(process.execPath, [fixture, how], { cwd: sources, env, stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return { process: child, ...JSON.parse(line) };
}

describe("inRunFolder", () => {
  it.each([
    ["in order", "end", undefined, 7],
    ["by an error", "fail", undefined, 1],
    ["by an error that nobody handles", "unhandled", undefined, 1],
    ["by Ctrl-C", "", "SIGINT", 130],
    ["by SIGTERM", "", "SIGTERM", 143],
    ["while another process of the run begins", "again", "SIGTERM", 143],
    ["with its terminal", "", "SIGHUP", 129],
  ] as const)(
    "leaves neither files nor processes when it ends %s",
    { timeout: 30_000 },
    async (_, how, signal, code) => {
      const { process: running, path, left, child } = await work(how);
      expect(path).toMatch(/fleetlog-run-\w+$/);
      expect(left).toEqual([expect.stringContaining("fleetlog-forgotten-")]);
      const exited = once(running, "exit");
      if (signal !== undefined) running.kill(signal);
      expect((await exited)[0]).toBe(code);
      expect(readdirSync(base)).toEqual([]);
      expect(commandLine(child)).toBeUndefined();
      for (const folder of [path, base]) expect(pidsWithVariable("TMPDIR", folder)).toEqual([]);
    },
  );
});

describe("openRunFolder", () => {
  it("removes the folder of a killed run, and ends the processes that still use it", { timeout: 30_000 }, async () => {
    const { process: running, path, child } = await work();
    const exited = once(running, "exit");
    running.kill("SIGKILL");
    await exited;
    expect(existsSync(path)).toBe(true);
    const folder = await openRunFolder(base);
    await folder.remove();
    expect(readdirSync(base)).toEqual([]);
    expect(commandLine(child)).toBeUndefined();
  });

  it("removes folders of killed runs from other places, too", async () => {
    const [here, there] = [join(base, "here"), join(base, "there")];
    const stale = join(there, "fleetlog-run-gone");
    for (const place of [here, stale]) mkdirSync(place, { recursive: true });
    writeFileSync(join(stale, "owner.json"), JSON.stringify({ host: hostname(), pid: 999_999_999, mark: "gone" }));
    await (await openRunFolder(here, [there, join(base, "missing")])).remove();
    expect(readdirSync(there)).toEqual([]);
  });

  it("does not remove the folder of a live run that was started by a relative path", { timeout: 30_000 }, async () => {
    const { process: running, path, child } = await work("", "fixtures/in-run-folder.ts");
    const exited = once(running, "exit");
    await (await openRunFolder(base)).remove();
    expect(existsSync(path)).toBe(true);
    expect(commandLine(child)).toBeDefined();
    running.kill("SIGTERM");
    await exited;
  });

  it("ends the processes that use the folder, unless `stays` is true for them", { timeout: 30_000 }, async () => {
    const folder = await openRunFolder(base);
    const env = { ...process.env, TMPDIR: folder.path };
    const started = [1, 2].map(() => spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { env }));
    await Promise.all(started.map((child) => once(child, "spawn")));
    const [ended, staying] = started as [ChildProcess, ChildProcess];
    const exited = once(ended, "exit");
    expect(parentOf(staying.pid ?? 0)).toBe(process.pid);
    await folder.remove((pid) => pid === staying.pid);
    await exited;
    expect(existsSync(folder.path)).toBe(false);
    expect(staying.exitCode ?? staying.signalCode).toBeNull();
    staying.kill("SIGKILL");
    await once(staying, "exit");
  });

  it("does the work of `atEnd` in reverse order before it removes the folder, even if some of the work fails", async () => {
    const reported = vi.spyOn(console, "error").mockReturnValue();
    const folder = await openRunFolder(base);
    const done: string[] = [];
    folder.atEnd(async () => void done.push(`first, ${existsSync(folder.path)}`));
    folder.atEnd(() => Promise.reject(new Error("work at the end")));
    folder.atEnd(async () => void done.push("last"));
    const inner = await openRunFolder();
    inner.atEnd(async () => void done.push("inner"));
    await inner.remove();
    expect(done).toEqual(["inner"]);
    await folder.remove();
    expect(done).toEqual(["inner", "last", "first, true"]);
    expect(reported).toHaveBeenCalledExactlyOnceWith(new Error("work at the end"));
  });

  it("keeps folders of live runs, of other machines and of runs that just begin, and unrelated folders", async () => {
    const owned = (name: string, owner: object) => {
      mkdirSync(join(base, name));
      writeFileSync(join(base, name, "owner.json"), JSON.stringify(owner));
    };
    const me = { host: hostname(), pid: process.pid, mark: process.argv[1] };
    owned("fleetlog-run-alive", me);
    owned("fleetlog-run-elsewhere", { ...me, host: "elsewhere", pid: 999_999_999 });
    owned("fleetlog-data-1", { ...me, pid: 999_999_999 });
    owned("fleetlog-run-gone", { ...me, pid: 999_999_999 });
    mkdirSync(join(base, "fleetlog-run-new"));
    mkdirSync(join(base, "fleetlog-run-old"));
    const hourAgo = Date.now() / 1_000 - 3_600;
    utimesSync(join(base, "fleetlog-run-old"), hourAgo, hourAgo);
    await (await openRunFolder(base)).remove();
    expect(readdirSync(base).sort()).toEqual([
      "fleetlog-data-1",
      "fleetlog-run-alive",
      "fleetlog-run-elsewhere",
      "fleetlog-run-new",
    ]);
  });

  it("is the temporary folder of this process until its removal; a run inside it shares the folder", async () => {
    const before = process.env.TMPDIR;
    const folder = await openRunFolder(base);
    expect(tmpdir()).toBe(folder.path);
    const inner = await openRunFolder();
    expect(inner.path).toBe(folder.path);
    await inner.remove();
    expect(existsSync(folder.path)).toBe(true);
    await folder.remove();
    expect(process.env.TMPDIR).toBe(before);
    expect(existsSync(folder.path)).toBe(false);
  });
});
