import type { FleetEvent } from "@fleetlog/domain";
import { type Logger, type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { describe, expect, it, vi } from "vitest";
import { CommandTail } from "./command-tail.ts";

const logger: Logger = { info() {}, warn() {}, error() {} };

function issued(command: string): FleetEvent {
  return {
    specversion: "1.0",
    id: command,
    source: "/operators/admin",
    type: "CommandIssued",
    subject: "fleet.command.d1",
    time: "2026-01-01T00:00:00Z",
    data: { command, device: "d1", name: "blink", deadline: "2026-01-01T01:00:00Z", by: "admin" },
  };
}

describe("CommandTail", () => {
  it("forwards an event once if the log has it twice", async () => {
    const { log, repeat } = memoryBackbone();
    const seen: string[] = [];
    const tail = new CommandTail(log, logger, ({ data }) => void seen.push(data.command));
    await tail.start();
    await log.append(issued("a"));
    for await (const event of log.read({ stream: "FLEET" })) repeat(event);
    await log.append(issued("b"));
    await vi.waitFor(() => expect(tail.seq).toBe(3));
    expect(seen).toEqual(["a", "b"]);
    await tail.stop();
  });

  it("follows a shorter log that replaced the first during an outage", async () => {
    const before = memoryBackbone();
    let current: MemoryBackbone = before;
    // This log acts as if nats-server had restarted with an empty store.
    const log = new Proxy(before.log, {
      get: (_, name) => {
        const of = name === "onStatus" ? before.log : current.log;
        const value: unknown = Reflect.get(of, name, of);
        return typeof value === "function" ? value.bind(of) : value;
      },
    });
    const seen: string[] = [];
    const tail = new CommandTail(log, logger, ({ data }) => void seen.push(data.command));
    await tail.start();
    for (const id of ["a", "b", "c"]) await before.log.append(issued(id));
    await vi.waitFor(() => expect(tail.seq).toBe(3));

    before.away();
    current = memoryBackbone();
    before.back();
    await vi.waitFor(() => expect(tail.seq).toBe(0));
    await current.log.append(issued("d"));
    await vi.waitFor(() => expect(seen).toEqual(["a", "b", "c", "d"]));
    expect(tail.seq).toBe(1);
    await tail.stop();
  });

  it("forwards each event once after an outage of the log", async () => {
    const backbone = memoryBackbone();
    const other = memoryBackbone({ server: backbone.server });
    const seen: string[] = [];
    const tail = new CommandTail(backbone.log, logger, ({ data }) => void seen.push(data.command));
    await tail.start();
    await other.log.append(issued("a"));
    await vi.waitFor(() => expect(tail.seq).toBe(1));
    backbone.away();
    const waiting = other.log.append(issued("b"));
    backbone.back();
    await waiting;
    await vi.waitFor(() => expect(seen).toEqual(["a", "b"]));
    await tail.stop();
  });
});
