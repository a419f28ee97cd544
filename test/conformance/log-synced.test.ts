import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FleetEvent, toEvent } from "@fleetlog/domain";
import { findNatsServer } from "@fleetlog/infra/nats-server";
import { connectBackbone, declareStreams } from "@fleetlog/log";
import { expect, it } from "vitest";
import { suiteWithBatches } from "../support/atomic-batches.ts";
import { eventually } from "../support/eventually.ts";
import { startTestNats } from "../support/nats.ts";
import { suiteWith } from "../support/suite-with.ts";

const limits = { maxBytes: 64 * 1024 * 1024, replicas: 1 };
const streams = declareStreams({ FLEET: limits, TELEMETRY: limits });

function happened(value: number): FleetEvent {
  const body = { type: "DeviceEventReported", data: { name: "counted", data: { value } } } as const;
  const frame = { id: `d:1:${value}`, source: "/devices/d", time: new Date().toISOString() };
  return toEvent(body, { ...frame, entity: "d" });
}

suiteWith("strace", "system calls of nats-server", () => {
  suiteWithBatches("with sync_interval: always", () => {
    it("sync written events before any acknowledgement is sent, for single events and for batches", async () => {
      const folder = await mkdtemp(join(tmpdir(), "fleetlog-strace-"));
      const trace = join(folder, "trace");
      const { path, version } = await findNatsServer();
      const traced = join(folder, "nats-server");
      const calls = "trace=fsync,fdatasync,write,writev,pwrite64,sendto";
      // With -D, strace runs as a separate process, and nats-server keeps the process id that the test knows.
      await writeFile(traced, `#!/bin/sh\nexec strace -D -f -y -s 400 -o '${trace}' -e ${calls} '${path}' "$@"\n`);
      await chmod(traced, 0o700);
      const nats = await startTestNats({ program: { path: traced, version }, sync: "always" });
      try {
        const { log, close } = await connectBackbone({ url: nats.url, name: "traced", streams });
        for (let i = 0; i < 5; i++) await log.append(happened(i));
        await Promise.all(Array.from({ length: 300 }, (_, i) => log.append(happened(5 + i))));
        await close();
        await nats.kill();
        await eventually(async () => expect(await readFile(trace, "utf8")).toMatch(/killed by SIGKILL/));
        const { acknowledgements, syncs, early } = judge(await readFile(trace, "utf8"));
        expect(early).toEqual([]);
        expect(acknowledgements).toBeGreaterThan(5);
        expect(syncs, "a batch has one sync").toBeLessThan(150);
      } finally {
        await nats.cleanup();
        await rm(folder, { recursive: true, force: true });
      }
    });
  });
});

/** Counts acknowledgements and syncs; `early` are the acknowledgements sent while a write to FLEET was unsynced. */
function judge(trace: string): { acknowledgements: number; syncs: number; early: readonly string[] } {
  const unsynced = new Set<string>();
  /** The file that each thread is syncing, until the call returns. */
  const syncing = new Map<string, string>();
  const early: string[] = [];
  let acknowledgements = 0;
  let syncs = 0;
  for (const line of trace.split("\n")) {
    const [, thread = "", call = "", file = ""] =
      /^(\d+) +(?:<\.\.\. )?(\w+)(?:\(\d+<([^>]*)>| resumed>)/.exec(line) ?? [];
    const isBlock = file.includes("/streams/FLEET/msgs/");
    if (call === "fsync" || call === "fdatasync") {
      if (isBlock) {
        // A sync does not cover writes that come after it has begun: they make the file unsynced again.
        syncs += 1;
        unsynced.delete(file);
        syncing.set(thread, file);
      }
      if (!line.includes("<unfinished")) syncing.delete(thread);
    } else if (isBlock) unsynced.add(file);
    else if (/MSG _INBOX\S* \d+ \d+\\r\\n\{\\"stream\\":\\"FLEET\\",\s*\\"seq\\"/.test(line)) {
      acknowledgements += 1;
      if (unsynced.size > 0 || syncing.size > 0) early.push(line);
    }
  }
  return { acknowledgements, syncs, early };
}
