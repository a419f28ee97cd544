import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Duck } from "@fleetlog/history/store";
import type { CreatedApiKey, EventPage } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { msUntil, withinASecond } from "../support/within-a-second.ts";

const REPORTS = 20_000;
const BATCH = 1_000;

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ historians: 2 });
  const { api, gateways } = stack;
  const token = await api.register("pump-1", { name: "Pump 1", tags: ["roof"] });
  await api.register("pump-2");
  await api.command("pump-2", { name: "wait", deadline: "1h" });
  const [gateway] = gateways;
  const at = { httpPort: gateway?.httpPort ?? 0, mqttPort: gateway?.mqttPort ?? 0 };
  const device = await connectMqttDevice(5)({ ...at, device: "pump-1", token });
  await device.event("opened", { data: { valve: 7 } });
  for (let sent = 0; sent < REPORTS; sent += BATCH) {
    const reports = Array.from({ length: BATCH }, (_, i) => ({ data: { n: sent + i, note: "x".repeat(100) } }));
    await device.telemetry(reports);
  }
  await device.close();
}, 120_000);
afterAll(() => stack[Symbol.asyncDispose]());

function download(query: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${stack.api.url}/api/history/export${query}`, {
    headers: { authorization: `Bearer ${stack.adminToken}` },
    ...(signal && { signal }),
  });
}

const textOf = async (query: string) => (await download(query)).text();

async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, bytes: number, parts: Uint8Array[]) {
  for (let read = 0; read < bytes; ) {
    const { value, done } = await reader.read();
    if (done) return;
    parts.push(value);
    read += value.length;
  }
}

describe("an export", () => {
  it("has all events, and their number in a header", async () => {
    await eventually(async () => {
      const answer = await download("");
      const lines = (await answer.text()).trimEnd().split("\n");
      const events = lines.map((line) => JSON.parse(line));
      expect(events.map(({ seq }) => seq)).toEqual(lines.map((_, i) => i + 1));
      expect(answer.headers.get("fleetlog-events")).toBe(String(lines.length));
      expect(answer.headers.get("fleetlog-to")).toBe(String(lines.length));
      const { body } = await stack.api.call<EventPage>("GET", "/api/devices/pump-2/events?limit=1000");
      const own = events.filter(({ subject }) => subject.endsWith(".pump-2"));
      expect(own).toEqual(body.items.map(({ stream: _, ...event }) => event));
    });
  });

  it("can be limited to a span of time", async () => {
    const events = (await textOf("?to=100"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const command = events.findIndex(({ type }) => type === "CommandIssued");
    const [before, after] = [events[command - 1].time, events[command].time];
    const found = (await textOf(`?from=${before}&to=${after}`))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(found.map(({ type }) => type)).toContain("CommandIssued");
    for (const { time } of found) expect(time > before && time <= after, `${before} ${time} ${after}`).toBe(true);
  });

  it("has the same bytes if historians are killed meanwhile, or if the client continues it after an interruption", async () => {
    const whole = await textOf("?category=telemetry");
    expect(whole.trimEnd().split("\n")).toHaveLength(REPORTS);
    const answer = await download("?category=telemetry");
    expect(answer.headers.get("fleetlog-events")).toBeNull();
    const reader = answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    const parts: Uint8Array[] = [];
    const [first, second] = stack.historians;
    await readUntil(reader, 100_000, parts);
    await first?.process.kill();
    await readUntil(reader, 1_000_000, parts);
    await first?.restart();
    await second?.process.kill();
    await readUntil(reader, Number.MAX_SAFE_INTEGER, parts);
    await second?.restart();
    expect(Buffer.concat(parts).toString() === whole).toBe(true);

    const abort = new AbortController();
    const cut = await download("?category=telemetry&format=csv", abort.signal);
    const beginning: Uint8Array[] = [];
    await readUntil(cut.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>, 3_000_000, beginning);
    abort.abort();
    const text = Buffer.concat(beginning).toString();
    const lines = text.slice(0, text.lastIndexOf("\n") + 1);
    const last = Number(/(?:^|\n)(\d+),[^\n]*\n$/.exec(lines)?.[1]);
    const to = cut.headers.get("fleetlog-to");
    const rest = await textOf(`?category=telemetry&format=csv&header=absent&from=${last + 1}&to=${to}`);
    expect(lines + rest === (await textOf("?category=telemetry&format=csv"))).toBe(true);
  });

  it("can be a Parquet file, which another historian continues", async () => {
    const query = "?category=telemetry&format=parquet";
    const whole = Buffer.from(await (await download(query)).arrayBuffer());
    const { headers } = await download(query);
    const cut = Math.floor(whole.length / 3);
    const etag = headers.get("etag") ?? "";
    const [first, second] = stack.historians;
    for (const one of [first, second]) {
      await one?.process.kill();
      const rest = await fetch(`${stack.api.url}/api/history/export${query}`, {
        headers: { authorization: `Bearer ${stack.adminToken}`, range: `bytes=${cut}-`, "if-range": etag },
      });
      expect(rest.status).toBe(206);
      expect(Buffer.from(await rest.arrayBuffer()).equals(whole.subarray(cut))).toBe(true);
      await one?.restart();
    }
    const path = join(stack.dataDir, "telemetry.parquet");
    writeFileSync(path, whole);
    const duck = await Duck.open({ memory: 200e6, threads: 1, spill: join(stack.dataDir, "spill") });
    const session = await duck.connect();
    const sql = `SELECT count(*) AS n, sum((data ->> '$.data.n')::INT)::BIGINT AS sum, min(entity) AS entity FROM '${path}'`;
    expect(await session.all(sql)).toEqual([{ n: REPORTS, sum: (REPORTS * (REPORTS - 1)) / 2, entity: "pump-1" }]);
    session.close();
    duck.close();
  }, 60_000);

  it("is produced as fast as the client reads", async () => {
    const busy = await Promise.all(Array.from({ length: 4 }, () => download("?category=telemetry")));
    const small = await download("?to=3");
    expect((await small.text()).trimEnd().split("\n")).toHaveLength(3);
    for (const answer of busy) await answer.body?.cancel();
  });

  it("is cut within a second when its caller's access ends", async () => {
    const [gateway] = stack.gateways;
    await gateway?.process.stop();
    // Slower than the reader, so that the export is not in the buffers of the sockets.
    await gateway?.restart({ FLEETLOG_DOWNLOAD_RATE: "256KiB" });
    await withinASecond(async () => {
      const { body } = await stack.api.call<CreatedApiKey>("POST", "/api/api-keys", {
        name: "export",
        role: "analyst",
      });
      const headers = { authorization: `Bearer ${body.key}` };
      const answer = await fetch(`${stack.api.url}/api/history/export?category=telemetry`, { headers });
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
      await readUntil(reader, 100_000, []);
      expect((await stack.api.call("DELETE", `/api/api-keys/${body.id}`)).status).toBe(204);
      return msUntil(expect(readUntil(reader, Number.POSITIVE_INFINITY, [])).rejects.toThrow());
    });
  });
});
