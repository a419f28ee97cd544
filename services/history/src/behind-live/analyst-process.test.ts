import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { type AnalystOptions, AnalystProcess, type AnalystProgram, commandBefore } from "./analyst-process.ts";
import { pacer as allProcesses, Pacer } from "./pacer.ts";
import { tools } from "./tools.ts";

const { idle, diesWithParent } = await tools();
const SCHED_IDLE = "5";
/** A process of a low priority may wait long for a processor. */
const WAIT_MS = 50_000;
const BUSY = { take: () => ({ ranMs: 10, waitedMs: 10 }), close() {} };
const alwaysBusy = () => new Pacer({ useOf: () => BUSY, processors: 2 });

const folder = mkdtempSync(join(tmpdir(), "analyst-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const begun: (AnalystProcess | ChildProcess)[] = [];
afterEach(() => {
  for (const one of begun.splice(0)) one.kill();
});

/** The program of an analyst's process. */
function programOf(code: string): AnalystProgram {
  const file = join(folder, `${readdirSync(folder).length}.mjs`);
  writeFileSync(file, code);
  return { main: pathToFileURL(file), options: [], env: {} };
}
const WAITING = "process.on('message', (text) => process.send(text)); process.send('ready');";

async function start(options: AnalystOptions): Promise<AnalystProcess> {
  const one = await AnalystProcess.start(programOf(WAITING), options);
  begun.push(one);
  return one;
}

/** Fields of proc_pid_stat(5) from the third on. */
const statOf = (file: string) => readFileSync(`${file}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
const stateOf = (pid: number | undefined) => statOf(`/proc/${pid}`)[0];

describe.runIf(idle !== undefined)("an analyst's process of the priority idle", () => {
  it("has SCHED_IDLE in all its threads from its start", async () => {
    const one = await start({ priority: "idle" });
    await once(one.child, "message");
    const policies = readdirSync(`/proc/${one.child.pid}/task`).map(
      (thread) => statOf(`/proc/${one.child.pid}/task/${thread}`)[38],
    );
    expect(policies.length).toBeGreaterThan(1);
    expect(new Set(policies)).toEqual(new Set([SCHED_IDLE]));
  });
});

describe.runIf(diesWithParent !== undefined)("an analyst's process that pauses while the machine is busy", () => {
  it("is stopped by pauses from its start on, and still answers", async () => {
    const pacer = alwaysBusy();
    const one = await start({ priority: "low", pacer });
    one.beginPauses();
    await once(one.child, "message");
    await vi.waitFor(() => expect(stateOf(one.child.pid)).toBe("T"), { timeout: WAIT_MS, interval: 5 });
    one.child.send("a question");
    expect(await once(one.child, "message")).toEqual(["a question", undefined]);
    expect(pacer.pausedMs).toBeGreaterThan(0);
  });

  it("runs on if its pauses are ended during a pause", async () => {
    const one = await start({ priority: "low", pacer: alwaysBusy() });
    await once(one.child, "message");
    one.beginPauses();
    await vi.waitFor(() => expect(stateOf(one.child.pid)).toBe("T"), { timeout: WAIT_MS, interval: 5 });
    one.endPauses();
    await vi.waitFor(() => expect(stateOf(one.child.pid)).not.toBe("T"), WAIT_MS);
  });

  it("can be killed in a pause", async () => {
    const one = await start({ priority: "low", pacer: alwaysBusy() });
    await once(one.child, "message");
    one.beginPauses();
    await vi.waitFor(() => expect(stateOf(one.child.pid)).toBe("T"), { timeout: WAIT_MS, interval: 5 });
    one.kill();
    expect(await one.exited).toBe("SIGKILL");
  });

  it("ends in a pause when the historian is killed", async () => {
    const program = programOf(WAITING);
    const historian = `
      import { AnalystProcess } from ${JSON.stringify(import.meta.resolve("./analyst-process.ts"))};
      import { Pacer } from ${JSON.stringify(import.meta.resolve("./pacer.ts"))};
      const program = { main: new URL(${JSON.stringify(program.main)}), options: [], env: {} };
      const one = await AnalystProcess.start(program, { priority: "low", pacer: new Pacer() });
      one.child.once("message", () => {
        one.child.kill("SIGSTOP");
        console.log(one.child.pid);
      });`;
    const parent = spawn(process.execPath, ["--input-type=module", "--eval", historian], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    begun.push(parent);
    const [line] = await once(parent.stdout, "data");
    const pid = Number(line);
    await vi.waitFor(() => expect(stateOf(pid)).toBe("T"), WAIT_MS);
    parent.kill("SIGKILL");
    // An ended process whose new parent has not noticed it yet is a zombie.
    const isOver = () => !existsSync(`/proc/${pid}`) || stateOf(pid) === "Z";
    try {
      await vi.waitFor(() => expect(isOver()).toBe(true), { timeout: 10_000, interval: 20 });
    } finally {
      if (!isOver()) process.kill(pid, "SIGKILL");
    }
  });
});

it("the tool for the death signal is the last, because Linux clears the signal when a later one has capabilities", () => {
  const tools = { idle: ["/bin/chrt", "-i", "0"], diesWithParent: ["/bin/setpriv", "--pdeathsig", "KILL"], lacks: [] };
  expect(commandBefore(tools, true)).toEqual(["/bin/chrt", "-i", "0", "/bin/setpriv", "--pdeathsig", "KILL"]);
  expect(commandBefore(tools, false)).toEqual(["/bin/setpriv", "--pdeathsig", "KILL"]);
});

it("an analyst's process of the priority low never pauses", async () => {
  const add = vi.spyOn(allProcesses, "add");
  const one = await start({ priority: "low" });
  one.beginPauses();
  await once(one.child, "message");
  expect(add).not.toHaveBeenCalled();
});

it("an analyst's process that can't be started has exited, too", async () => {
  const one = await AnalystProcess.start({ ...programOf(""), options: ["--no-such-option"] }, { priority: "low" });
  expect(await one.exited).toBeNull();
});
