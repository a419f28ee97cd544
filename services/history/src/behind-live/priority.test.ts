import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { IN_OWN_SESSION, nicenessBehind, type Priority, putBehindLive, setNiceness } from "./priority.ts";

const begun: ChildProcess[] = [];
afterEach(async () => {
  for (const child of begun.splice(0)) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

function sleeping(detached: boolean): number {
  const child = spawn("sleep", ["60"], { stdio: "ignore", detached });
  begun.push(child);
  return child.pid ?? 0;
}

/** Niceness of each thread, as in proc_pid_stat(5). */
function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const fields = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return fields[16] ?? "";
  });
}

describe.runIf(process.platform === "linux")("a process that runs analysts' code", () => {
  it.each<[Priority, number]>([
    ["idle", 19],
    ["low", 10],
  ])("has, at the priority %s, niceness %i, and is the first that Linux ends", (priority, niceness) => {
    const pid = sleeping(IN_OWN_SESSION);
    putBehindLive(pid, priority);
    expect(threadsOf(pid)).toEqual([`${niceness}`]);
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8")).toBe("1000\n");
  });

  it("gets the priority in all threads that it has already started", async () => {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume(); console.log('ready')"]);
    begun.push(child);
    await once(child.stdout, "data");
    putBehindLive(child.pid, "low");
    const threads = threadsOf(child.pid ?? 0);
    expect(threads.length).toBeGreaterThan(1);
    expect(new Set(threads)).toEqual(new Set(["10"]));
  });

  it.runIf(existsSync("/proc/self/autogroup"))(
    "has a low priority for its session too, and the historian's session keeps its own",
    () => {
      const own = readFileSync("/proc/self/autogroup", "utf8");
      const pid = sleeping(true);
      putBehindLive(pid, "low");
      expect(readFileSync(`/proc/${pid}/autogroup`, "utf8")).toMatch(/ nice 10\n$/);
      putBehindLive(sleeping(false), "low");
      expect(readFileSync("/proc/self/autogroup", "utf8")).toBe(own);
    },
  );

  it.each<[Priority, number, number]>([
    ["low", 0, 10],
    ["low", 5, 10],
    ["low", 12, 17],
    ["low", 19, 19],
    ["idle", 5, 19],
  ])("at the priority %s, beside a historian of niceness %i, has niceness %i", (priority, own, expected) => {
    expect(nicenessBehind(priority, own)).toBe(expected);
  });

  it("keeps a niceness that is already higher", () => {
    const pid = sleeping(false);
    setNiceness(pid, 7);
    setNiceness(pid, 5);
    expect(threadsOf(pid)).toEqual(["7"]);
  });

  it("that has ended is ignored", () => {
    putBehindLive(2 ** 22 + 1, "idle");
    putBehindLive(undefined, "idle");
  });
});
