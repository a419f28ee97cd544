import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FleetEvent, toEvent } from "@fleetlog/domain";
import { findNatsServer } from "@fleetlog/infra/nats-server";
import { connectBackbone, declareStreams, type ReadQuery } from "@fleetlog/log";
import { expect, it } from "vitest";
import { suiteWithBatches } from "../support/atomic-batches.ts";
import { eventually } from "../support/eventually.ts";
import { startTestNats, type TestNats } from "../support/nats.ts";
import { suiteWith } from "../support/suite-with.ts";

/** Subject of the message that a reader sends when it has read an event. */
const SEEN = "test.seen";
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
      await using traced = await startTracedNats();
      const { nats } = traced;
      const { log, close } = await connectBackbone({ url: nats.url, name: "traced", streams });
      for (let i = 0; i < 5; i++) await log.append(happened(i));
      await Promise.all(Array.from({ length: 300 }, (_, i) => log.append(happened(5 + i))));
      await close();
      const { acknowledgements, syncs, early } = judge(await traced.end());
      expect(early).toEqual([]);
      expect(acknowledgements).toBeGreaterThan(5);
      expect(syncs, "a batch has one sync").toBeLessThan(150);
    });

    const device = { stream: "FLEET", category: "event", entity: "d", limit: 1 } as const;
    it.each<ReadQuery>([
      { stream: "FLEET", limit: 1 },
      { stream: "FLEET", limit: 1, direction: "backwards" },
      device,
      { ...device, direction: "backwards" },
    ])(
      "sync the events of a batch before a read returns one of them: %j",
      async (query) => {
        await using traced = await startTracedNats("--inject=fsync:delay_enter=100000");
        const { url } = traced.nats;
        const { log, close } = await connectBackbone({ url, name: "writer", streams });
        const reader = await connectBackbone({ url, name: "reader", streams });
        // The server writes this message to its subscriber, so the trace shows when the read had returned.
        const shown = Promise.withResolvers<void>();
        reader.bus.subscribe(SEEN, () => shown.resolve());
        await reader.bus.flush();
        const appended = Promise.all(Array.from({ length: 1_000 }, (_, i) => log.append(happened(i))));
        const found = async () => {
          for await (const _ of reader.log.read(query)) return true;
          return false;
        };
        // The loop does not pause, because events are stored within milliseconds, and synced later.
        while (!(await found()));
        reader.bus.publish(SEEN, {});
        await shown.promise;
        await appended;
        await Promise.all([close(), reader.close()]);
        const { seen, early } = judge(await traced.end());
        expect(early).toEqual([]);
        expect(seen).toBe(1);
      },
      120_000,
    );
  });
});

interface TracedNats extends AsyncDisposable {
  readonly nats: TestNats;
  end(): Promise<string>;
}

async function startTracedNats(...options: readonly string[]): Promise<TracedNats> {
  const folder = await mkdtemp(join(tmpdir(), "fleetlog-strace-"));
  const trace = join(folder, "trace");
  const { path, version } = await findNatsServer();
  const traced = join(folder, "nats-server");
  const calls = "trace=fsync,fdatasync,write,writev,pwrite64,sendto";
  // With -D, strace is a separate process, and nats-server keeps its process id.
  const command = ["strace -D -f -y -s 400", ...options, `-o '${trace}' -e ${calls} '${path}' "$@"`].join(" ");
  await writeFile(traced, `#!/bin/sh\nexec ${command}\n`);
  await chmod(traced, 0o700);
  const nats = await startTestNats({ program: { path: traced, version }, sync: "always" });
  return {
    nats,
    async end() {
      await nats.kill();
      await eventually(async () => expect(await readFile(trace, "utf8")).toMatch(/killed by SIGKILL/));
      return readFile(trace, "utf8");
    },
    async [Symbol.asyncDispose]() {
      await nats.cleanup();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Judged {
  readonly acknowledgements: number;
  readonly seen: number;
  readonly syncs: number;
  /** Acknowledgements and readers' messages that were sent before a write to FLEET was synced. */
  readonly early: readonly string[];
}

function judge(trace: string): Judged {
  const unsynced = new Set<string>();
  const syncing = new Map<string, string>();
  const early: string[] = [];
  let acknowledgements = 0;
  let seen = 0;
  let syncs = 0;
  for (const line of trace.split("\n")) {
    const [, thread = "", call = "", file = ""] =
      /^(\d+) +(?:<\.\.\. )?(\w+)(?:\(\d+<([^>]*)>| resumed>)/.exec(line) ?? [];
    const isBlock = file.includes("/streams/FLEET/msgs/");
    if (call === "fsync" || call === "fdatasync") {
      if (isBlock) {
        // A sync does not cover writes after its start.
        syncs += 1;
        unsynced.delete(file);
        syncing.set(thread, file);
      }
      if (!line.includes("<unfinished")) syncing.delete(thread);
    } else if (isBlock) unsynced.add(file);
    else {
      const acknowledges = /MSG _INBOX\S* \d+ \d+\\r\\n\{\\"stream\\":\\"FLEET\\",\s*\\"seq\\"/.test(line);
      const shows = line.includes(`MSG ${SEEN} `);
      if (acknowledges) acknowledgements += 1;
      if (shows) seen += 1;
      if (!acknowledges && !shows) continue;
      // Before the first sync, reads returned events from the server's memory only.
      if (unsynced.size > 0 || syncing.size > 0 || syncs === 0) early.push(line);
    }
  }
  return { acknowledgements, seen, syncs, early };
}
