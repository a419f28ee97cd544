import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { commandLine } from "./system/processes.ts";

interface Started {
  readonly child: ChildProcess;
  says(pattern: RegExp): Promise<RegExpExecArray>;
  output(): string;
  readonly ended: Promise<number | null>;
}

let dataDir: string;
let started: Started[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "fleetlog-launch-"));
  started = [];
});

afterEach(async () => {
  for (const { child, ended } of started) {
    child.kill("SIGTERM");
    await ended;
  }
  await rm(dataDir, { recursive: true, force: true });
});

function start(fixtures: string, settings: Record<string, string> = {}): Started {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("FLEETLOG_")));
  const child = spawn(process.execPath, [join(import.meta.dirname, "fixtures", "launcher.ts"), fixtures], {
    env: {
      ...env,
      FLEETLOG_DATA_DIR: dataDir,
      FLEETLOG_HTTP_PORT: "0",
      FLEETLOG_MQTT_PORT: "0",
      FLEETLOG_NATS_PORT: "0",
      FLEETLOG_STOP_TIMEOUT: "100ms",
      ...settings,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const changed = new EventTarget();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      changed.dispatchEvent(new Event("output"));
    });
  }
  const ended = once(child, "close").then(([code]) => {
    changed.dispatchEvent(new Event("output"));
    return code as number | null;
  });
  const run = {
    child,
    ended,
    output: () => output,
    async says(pattern: RegExp) {
      for (;;) {
        const match = pattern.exec(output);
        if (match !== null) return match;
        if (child.exitCode !== null) throw new Error(`it ended without saying ${pattern}:\n${output}`);
        await once(changed, "output");
      }
    },
  };
  started.push(run);
  return run;
}

async function pids(): Promise<Record<string, number>> {
  const lock = JSON.parse(await readFile(join(dataDir, "launcher.json"), "utf8"));
  const parts = lock.parts as Record<string, { pid: number }>;
  return Object.fromEntries(Object.entries(parts).map(([name, { pid }]) => [name, pid]));
}

const alive = (all: Record<string, number>) => Object.values(all).filter((pid) => commandLine(pid) !== undefined);

describe("launch", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "starts all processes in order, and stops them in reverse order on %s",
    async (signal) => {
      const run = start("steady,steady");
      await run.says(/Sign-in token: {2}\S+/);
      expect(run.output()).toMatch(/✓ nats-server: .*[\s\S]*✓ process-1: steady[\s\S]*✓ process-2: steady/);
      const all = await pids();
      expect(Object.keys(all)).toEqual(["nats-server", "process-1", "process-2"]);
      expect(alive(all)).toHaveLength(3);

      run.child.kill(signal);
      expect(await run.ended).toBe(0);
      expect(run.output()).toMatch(/process-2 stopped[\s\S]*process-1 stopped[\s\S]*nats-server stopped/);
      expect(alive(all)).toEqual([]);
      await expect(access(join(dataDir, "launcher.json"))).rejects.toThrow("ENOENT");
    },
  );

  it("treats signals that come together as one, and kills its processes on a later signal", async () => {
    const run = start("stubborn", { FLEETLOG_STOP_TIMEOUT: "5m" });
    await run.says(/Sign-in token/);
    const all = await pids();
    run.child.kill("SIGINT");
    run.child.kill("SIGTERM");
    await run.says(/stopping in order/);
    const again = setInterval(() => run.child.kill("SIGINT"), 50);
    expect(await run.ended.finally(() => clearInterval(again))).toBe(130);
    expect(run.output()).toContain("stopping at once");
    await expect.poll(() => alive(all)).toEqual([]);
  });

  it("kills a process that does not stop, and reports it", async () => {
    const run = start("stubborn");
    await run.says(/Sign-in token/);
    const all = await pids();
    run.child.kill("SIGTERM");
    expect(await run.ended).toBe(0);
    expect(run.output()).toContain("process-1 did not stop within 2.1 s; killing it");
    expect(alive(all)).toEqual([]);
  });

  it("stops in order while a process is still starting", async () => {
    const run = start("steady,silent");
    await run.says(/✓ process-1/);
    const all = await pids();
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(0);
    expect(alive(all)).toEqual([]);
  });

  it("restarts a crashed process, and reports the delay", async () => {
    const run = start("steady,steady");
    await run.says(/Sign-in token/);
    for (const name of ["process-1", "nats-server"]) {
      const { [name]: pid } = await pids();
      process.kill(pid ?? 0, "SIGKILL");
      await run.says(new RegExp(`! ${name} ended \\(.*\\); restarting it in 0.5 s`));
      await run.says(new RegExp(`! ${name} is running again \\(pid \\d+\\)`));
      expect((await pids())[name]).not.toBe(pid);
    }
  });

  it("shows a slow start's progress, and the process's details once it is ready", async () => {
    const run = start("slow");
    await run.says(/Sign-in token/);
    expect(run.output()).toMatch(/ {3}process-1: half of it is done\n ✓ process-1: slow, 2 done\n/);
  });

  it("gives up on a process that never starts, shows that process's message, and leaves nothing running", async () => {
    const run = start("steady,broken");
    await run.says(/✓ process-1/);
    const all = await pids();
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain("process-2 did not start: exit code 3 before it was ready");
    expect(run.output()).toContain("[process-2] error: no such thing as a good day");
    expect(alive(all)).toEqual([]);
  });

  it.each(["HTTP", "MQTT"])("names the port and the setting when the %s port is taken", async (kind) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const run = start("steady", { [`FLEETLOG_${kind}_PORT`]: String(port) });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(`Port ${port} on 127.0.0.1`);
    expect(run.output()).toContain(`FLEETLOG_${kind}_PORT=`);
    other.close();
  });

  it("uses another port for its nats-server when the configured port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const run = start("steady", { FLEETLOG_NATS_PORT: String(port) });
    const [, used] = await run.says(/nats-server uses (\d+)/);
    await run.says(/Sign-in token/);
    expect(Number(used)).not.toBe(port);
    other.close();
  });

  it("generates the sign-in token once, readable by this user only, and gives it only to processes that need it", async () => {
    const first = start("steady,steady");
    const [, token = ""] = await first.says(/Sign-in token: {2}(\S+)/);
    first.child.kill("SIGTERM");
    await first.ended;
    expect((await stat(join(dataDir, "admin-token"))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(dataDir, "logs", "process-1.log"), "utf8")).toContain(`"token":"${token}"`);
    expect(await readFile(join(dataDir, "logs", "process-2.log"), "utf8")).toContain('"token":"none"');

    const second = start("steady");
    const [, again] = await second.says(/Sign-in token: {2}(\S+)/);
    expect(again).toBe(token);
  });

  it("rejects a data folder that another launcher uses, and does not disturb that launcher", async () => {
    const first = start("steady");
    await first.says(/Sign-in token/);
    const all = await pids();
    const second = start("steady");
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`process ${first.child.pid}) uses the data folder ${dataDir}`);
    expect(alive(all)).toHaveLength(2);
    expect(await pids()).toEqual(all);
  });

  it("stops the processes that a killed launcher left running", async () => {
    const first = start("steady");
    await first.says(/Sign-in token/);
    const all = await pids();
    first.child.kill("SIGKILL");
    await first.ended;
    const second = start("steady");
    await second.says(/Sign-in token/);
    expect(alive(all)).toEqual([]);
    expect(second.output()).toContain("left nats-server");
  });

  it("stops a process that was still starting when its launcher was killed", async () => {
    const first = start("deaf");
    await first.says(/✓ nats-server/);
    const all = await vi.waitFor(async () => {
      const recorded = await pids();
      expect(recorded).toHaveProperty("process-1");
      return recorded;
    }, 10_000);
    first.child.kill("SIGKILL");
    await first.ended;
    const second = start("steady");
    await second.says(/Sign-in token/);
    expect(alive(all)).toEqual([]);
    expect(second.output()).toContain("left process-1");
  });

  it("shows the processes' warnings, and everything at log level debug", async () => {
    const quiet = start("steady");
    await quiet.says(/Sign-in token/);
    expect(quiet.output()).toMatch(/\[process-1\] warn: a warning nats=nats:\/\/127\.0\.0\.1:\d+/);
    expect(quiet.output()).not.toContain("[process-1] info");
    quiet.child.kill("SIGTERM");
    await quiet.ended;
    const loud = start("steady", { FLEETLOG_LOG_LEVEL: "debug" });
    await loud.says(/\[process-1\] info: started/);
    await loud.says(/Sign-in token/);
  });

  it("starts with a warning when its logs can't be written", async () => {
    await writeFile(join(dataDir, "logs"), "a file where the folder should be");
    const run = start("steady");
    await run.says(/Sign-in token/);
    expect(run.output()).toContain("! the logs can't be written");
    expect(run.output()).not.toMatch(/^\s+at /m);
  });

  it("reports every wrong setting and starts nothing", async () => {
    const run = start("steady", { FLEETLOG_HTTP_PROT: "1", FLEETLOG_FLEET: "many" });
    expect(await run.ended).toBe(78);
    expect(run.output()).toContain("did you mean FLEETLOG_HTTP_PORT?");
    expect(run.output()).toContain("FLEETLOG_FLEET can't be");
  });

  it("reports an unusable file in one line, before anything is started", async () => {
    const run = start("steady", { FLEETLOG_TLS_CERT: "/nowhere/cert.pem", FLEETLOG_TLS_KEY: import.meta.filename });
    expect(await run.ended).toBe(78);
    expect(run.output()).toContain("FLEETLOG_TLS_CERT is /nowhere/cert.pem, which does not exist; give a PEM file");
    expect(run.output()).not.toMatch(/✓|^\s+at /m);
  });
});
