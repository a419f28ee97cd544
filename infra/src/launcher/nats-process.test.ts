import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSettings } from "@fleetlog/runtime/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findNatsServer, newPasswords } from "../nats-server/index.ts";
import { jetStreamResponds } from "../nats-server/jetstream-probe.ts";
import type { RunningProcess } from "../supervision/managed-process.ts";
import { commandLine } from "../system/processes.ts";
import { natsProcess } from "./nats-process.ts";
import { launcherSettings } from "./settings.ts";

let dataDir: string;
let running: RunningProcess;
let said: string[];
const passwords = newPasswords();
const probed = (port: number) => ({ host: "127.0.0.1", port, password: passwords.launcher });

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "fleetlog-natsprocess-"));
  said = [];
});

afterEach(async () => {
  running.kill();
  await running.exited;
  await rm(dataDir, { recursive: true });
});

async function start(hasRoom: () => boolean = () => true): Promise<number> {
  const onLog = () => undefined;
  const options = {
    onLog,
    say: (line: string) => said.push(line),
    passwords,
    pace: { everyMs: 10, withinMs: 200, misses: 3, hasRoom: async () => hasRoom() },
  };
  const managed = natsProcess(await findNatsServer(), 0, dataDir, loadSettings(launcherSettings, {}), options);
  running = await managed.start(new AbortController().signal, () => {});
  return Number(/:(\d+)/.exec(running.readyText)?.[1]);
}

describe("natsProcess", () => {
  it("kills a server that no longer answers, so that it is restarted", async () => {
    const port = await start();
    expect(await jetStreamResponds(probed(port), 5_000)).toBe(true);
    process.kill(running.pid, "SIGSTOP");
    expect(await running.exited).toBe("it did not answer any more");
    expect(commandLine(running.pid)).toBeUndefined();
  });

  it("waits for disk space before it kills a hung server, and reports once that the disk is full", async () => {
    let room = false;
    let checks = 0;
    await start(() => {
      checks += 1;
      return room;
    });
    process.kill(running.pid, "SIGSTOP");
    await expect.poll(() => checks, { timeout: 10_000 }).toBeGreaterThan(2);
    expect(commandLine(running.pid)).toBeDefined();
    room = true;
    expect(await running.exited).toBe("it did not answer any more");
    expect(said).toEqual([expect.stringContaining("its disk is full")]);
  });
});

describe("jetStreamResponds", () => {
  it("is false without the launcher's password", async () => {
    const port = await start();
    expect(await jetStreamResponds({ host: "127.0.0.1", port }, 5_000)).toBe(false);
    expect(await jetStreamResponds({ ...probed(port), password: "wrong" }, 5_000)).toBe(false);
  });

  it("is false if nothing listens on the port", async () => {
    const port = await start();
    await running.stop();
    expect(await jetStreamResponds(probed(port), 5_000)).toBe(false);
  });
});
