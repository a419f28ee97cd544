import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSettings } from "@fleetlog/protocol/settings";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answers } from "../nats-server/answers.ts";
import { findNatsServer } from "../nats-server/index.ts";
import type { RunningPart } from "../supervision/part.ts";
import { commandLine } from "../system/processes.ts";
import { natsPart } from "./nats-part.ts";

let dataDir: string;
let running: RunningPart;
let said: string[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "fleetlog-natspart-"));
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
    pace: { everyMs: 10, withinMs: 200, misses: 3, hasRoom: async () => hasRoom() },
  };
  const part = natsPart(await findNatsServer(), 0, dataDir, loadSettings({}), options);
  running = await part.start(new AbortController().signal);
  return Number(/:(\d+)$/.exec(running.ready)?.[1]);
}

describe("natsPart", () => {
  it("ends a server that does not answer any more, so that it is started again", async () => {
    const port = await start();
    expect(await answers("127.0.0.1", port, 5_000)).toBe(true);
    process.kill(running.pid, "SIGSTOP");
    expect(await running.exited).toBe("it did not answer any more");
    expect(commandLine(running.pid)).toBeUndefined();
  });

  it("waits for room on its disk before that, and says so once", async () => {
    let room = false;
    let asked = 0;
    await start(() => {
      asked += 1;
      return room;
    });
    process.kill(running.pid, "SIGSTOP");
    await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(2);
    expect(commandLine(running.pid)).toBeDefined();
    room = true;
    expect(await running.exited).toBe("it did not answer any more");
    expect(said).toEqual([expect.stringContaining("its disk is full")]);
  });
});

describe("answers", () => {
  it("is false where nobody listens", async () => {
    const port = await start();
    await running.stop();
    expect(await answers("127.0.0.1", port, 5_000)).toBe(false);
  });
});
