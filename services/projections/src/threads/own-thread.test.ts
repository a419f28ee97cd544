import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryBackbone } from "@fleetlog/log";
import { type ListDevicesQuery, type Queries, querySubject } from "@fleetlog/protocol";
import { afterEach, beforeEach, expect, it, type MockInstance, vi } from "vitest";
import { History } from "../fixtures/history.ts";
import { Projector } from "../projector.ts";
import { QueryThreads } from "./threads.ts";

const logger = { info() {}, warn() {}, error() {} };

let directory: string;
let inThreads: MockInstance<QueryThreads["answer"]>;
const backbone = memoryBackbone();
const history = new History();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fleetlog-own-thread-"));
  inThreads = vi.spyOn(QueryThreads.prototype, "answer");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function append(): Promise<void> {
  for (const { seq: _, stream: __, ...event } of history.events.splice(0)) await backbone.log.append(event);
}

async function list(params: ListDevicesQuery): Promise<Queries["devices.list"]["result"]> {
  const request = { params, atLeast: history.seq };
  const answer = await backbone.bus.request(querySubject("devices.list"), request, { timeoutMs: 25_000 });
  return (answer as { result: Queries["devices.list"]["result"] }).result;
}

it("a long query of small views is answered without a thread, if it has no later pages", async () => {
  for (const id of ["a", "b", "c", "d"]) history.register(id, { tags: ["pump"] });
  await append();
  const projector = new Projector({ backbone, id: "p1", directory, logger });
  await projector.start();
  const ids = ({ items }: Queries["devices.list"]["result"]) => items.map(({ id }) => id);
  try {
    expect(ids(await list({ search: "a" }))).toEqual(["a"]);
    expect(ids(await list({ sort: "-status" }))).toEqual(["d", "c", "b", "a"]);
    await expect(list({ search: "d", cursor: "x" })).rejects.toMatchObject({
      code: "invalid-request",
      field: "cursor",
    });
    expect(inThreads).toHaveBeenCalledTimes(0);

    const first = await list({ sort: "attention", limit: 2 });
    expect(inThreads).toHaveBeenCalledTimes(1);
    history.open("a");
    await append();
    const second = await list({ sort: "attention", limit: 2, cursor: first.next ?? "" });
    expect([...ids(first), ...ids(second)]).toEqual(["d", "c", "b", "a"]);
    expect(second).not.toHaveProperty("changed");
    expect(inThreads).toHaveBeenCalledTimes(2);
  } finally {
    await projector.close();
  }
});

it("a long query of large views is answered by a thread", async () => {
  for (let i = 0; i < 1_000; i++) history.register(`device-${i}`, { name: "x".repeat(100) });
  await append();
  const projector = new Projector({ backbone, id: "p1", directory, logger });
  await projector.start();
  try {
    expect((await list({ search: "device-999" })).total).toBe(1);
    expect(inThreads).toHaveBeenCalledTimes(1);
  } finally {
    await projector.close();
  }
});
