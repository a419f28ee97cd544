import { once } from "node:events";
import { connect } from "node:net";
import type { MarkCheck, MarkList, SystemResource } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { requestRaw } from "../support/raw-nats.ts";
import { type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
const get = async <Body>(path: string) => (await stack.api.call<Body>("GET", path)).body;

beforeAll(async () => {
  stack = await startStack({ historians: 2, sync: "2m" });
  await stack.api.register("pump-1");
});
afterAll(() => stack[Symbol.asyncDispose]());

/** Stores events of the device without waiting for each. */
async function storeEvents(count: number): Promise<void> {
  const socket = connect(stack.nats.port, "127.0.0.1").setEncoding("utf8");
  await once(socket, "connect");
  socket.write('CONNECT {"verbose":false,"protocol":1}\r\n');
  for (let i = 0; i < count; i++) {
    const event = {
      ...{ specversion: "1.0", id: `bulk-${i}`, source: "/devices/pump-1", type: "DeviceEventReported" },
      ...{ subject: "fleet.event.pump-1", time: new Date().toISOString(), data: { name: "opened" } },
    };
    const payload = JSON.stringify(event);
    socket.write(`PUB fleet.event.pump-1 ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
  }
  socket.write("PING\r\n");
  for await (const part of socket) if (/PONG/.test(part)) break;
  socket.destroy();
}

describe("marks of the log", () => {
  it("are signed for each 10,000 events, and read by whoever may read the past", async () => {
    await storeEvents(10_000);
    const marks = await eventually(async () => {
      const found = await get<MarkList>("/api/history/marks");
      expect(found.items).toHaveLength(1);
      return found;
    });
    expect(marks.items[0]).toMatchObject({ firstSeq: 1, lastSeq: 10_000, entries: 10_000, key: marks.key });
    expect(await get("/api/history/marks/check")).toEqual({ firstSeq: 1, lastSeq: 10_000, problems: [], next: null });
  });

  it("show an event that was deleted from the server's store", async () => {
    const request = { seq: 5_000, no_erase: true };
    expect(await requestRaw(stack.nats.port, "$JS.API.STREAM.MSG.DELETE.FLEET", request)).toMatchObject({
      success: true,
    });
    const problem = {
      ...{ firstSeq: 1, lastSeq: 10_000 },
      detail: "an event is missing; the first sequence without one is 5000",
    };
    expect((await get<MarkCheck>("/api/history/marks/check")).problems).toEqual([problem]);
    await stack.historians[0]?.process.stop();
    await stack.historians[0]?.restart();
    await eventually(async () => {
      const { historians = [] } = await get<SystemResource>("/api/system");
      expect(historians.find(({ id }) => id === "historian-1")?.marks).toMatchObject({ problems: 1, first: problem });
    });
    expect((await stack.api.call<string>("GET", "/metrics")).body).toContain(
      'fleetlog_log_mark_problems{historian="historian-1"} 1',
    );
  });
});
