import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type RecordedEvent, toEvent } from "@fleetlog/domain";
import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import type { ReactorsHeartbeat } from "@fleetlog/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startTestNats } from "../support/nats.ts";
import { RUNTIME } from "../support/processes.ts";
import { type RunningPart, type Stack, type StackOptions, startStack } from "../support/stack.ts";

interface Watched {
  readonly stack: Stack;
  readonly backbone: Backbone;
  active(): Promise<RunningPart>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const GIB = 1024 ** 3;
const streams = declareStreams({
  FLEET: { maxBytes: 8 * GIB, replicas: 1 },
  TELEMETRY: { maxBytes: 2 * GIB, maxAgeMs: 7 * 24 * 3_600_000, replicas: 1 },
});

const ends: (() => PromiseLike<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function watch(options: StackOptions): Promise<Watched> {
  const stack = await startStack(options);
  ends.push(() => stack[Symbol.asyncDispose]());
  const backbone = await connectBackbone({ url: stack.nats.url, name: "test", streams });
  ends.push(() => backbone.close());
  const heartbeats = new Map<number, ReactorsHeartbeat>();
  backbone.bus.subscribe("beat.reactors.*", ({ data }) => {
    const heartbeat = data as ReactorsHeartbeat;
    heartbeats.set(Number(heartbeat.id.split("-").at(-1)), heartbeat);
  });
  const active = () => {
    // Earlier heartbeats may come from a killed process.
    heartbeats.clear();
    return eventually(() => {
      const found = stack.reactors.filter(({ process }) => heartbeats.get(process.pid)?.active === true);
      expect(found).toHaveLength(1);
      return found[0] as RunningPart;
    });
  };
  return { stack, backbone, active };
}

async function events(backbone: Backbone, ...types: RecordedEvent["type"][]): Promise<RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for await (const event of backbone.log.read({ stream: "FLEET" })) if (types.includes(event.type)) found.push(event);
  return found;
}

function incarnationOf(event: RecordedEvent | undefined): unknown {
  return event?.type === "GatewayLost" ? event.data.incarnation : undefined;
}

describe("reactors as processes", () => {
  it("take over from a killed process, and expire each command that was due meanwhile once", async () => {
    const { stack, backbone, active } = await watch({ reactors: 2 });
    await stack.api.register("pump-1");
    const killed = await active();
    const issued = await Promise.all(
      ["1s", "2s", "3s"].map((deadline) => stack.api.command("pump-1", { name: "reboot", deadline })),
    );
    expect(issued.map(({ status }) => status)).toEqual([202, 202, 202]);
    await killed.process.kill();

    for (const { body } of issued) {
      await eventually(async () => {
        const answer = await stack.api.call("GET", `/api/commands/${body.id}`);
        const error = { code: "expired", message: `the device has not answered before ${body.deadline}` };
        expect(answer.body).toMatchObject({ state: "expired", error });
      });
    }
    expect((await active()).process.pid).not.toBe(killed.process.pid);
    expect((await events(backbone, "CommandExpired")).map(({ id }) => id).sort()).toEqual(
      issued.map(({ body }) => `${body.id}/expired`).sort(),
    );
  });

  it("hand over on a clean stop before the lease expires", async () => {
    const { stack, active } = await watch({ reactors: 2, env: { FLEETLOG_LEASE_TTL: "10m" } });
    await stack.api.register("pump-1");
    const stopped = await active();
    expect(await stopped.process.stop()).toBe(0);

    const { body, status } = await stack.api.command("pump-1", { name: "reboot", deadline: "1s" }, "?wait=20s");
    expect([status, body.state]).toEqual([200, "expired"]);
  });

  it("end when their parent process is gone", async () => {
    const nats = await startTestNats();
    ends.push(() => nats.cleanup());
    // Only gateways make the streams.
    await (await connectBackbone({ url: nats.url, name: "test", streams })).close();
    const launcher = `
      const { fork } = require("node:child_process");
      const child = fork("services/reactors/src/main.ts", { stdio: ["ignore", "pipe", "pipe", "ipc"] });
      child.on("message", () => console.log(child.pid));
    `;
    const env = { ...RUNTIME, FLEETLOG_NATS_URL: nats.url };
    const parent = spawn(process.execPath, ["-e", launcher], { env, cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    const [output] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(output.toString());
    expect(process.kill(pid, 0)).toBe(true);
    parent.kill("SIGKILL");
    await eventually(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"));
  });

  it("declare a killed gateway lost with one event, and no other gateway", async () => {
    const { stack, backbone } = await watch({ gateways: 2 });
    await stack.gateways[1]?.process.kill();
    const lost = await eventually(async () => {
      const found = await events(backbone, "GatewayLost");
      expect(found).not.toEqual([]);
      return found;
    });
    expect(lost).toMatchObject([{ data: { gateway: "gateway-2", leaseTtlMs: 2_000 } }]);
    const [started] = (await events(backbone, "GatewayStarted")).filter(({ subject }) => subject.endsWith("gateway-2"));
    expect(started).toMatchObject({ data: { incarnation: incarnationOf(lost[0]) } });
  });

  it("cancel a retired device's commands", async () => {
    const { stack, backbone } = await watch({});
    await stack.api.register("pump-1");
    for (let i = 0; i < 3; i++) await stack.api.command("pump-1", { name: "reboot", deadline: "1h" });
    expect((await stack.api.call("DELETE", "/api/devices/pump-1")).status).toBeLessThan(300);
    await eventually(async () => {
      const cancelled = await events(backbone, "CommandCancelled");
      expect(cancelled).toHaveLength(3);
      expect(cancelled[0]?.data).toMatchObject({ by: "system", reason: "device retired" });
    });
  });

  it("continue after nats-server was killed, and declare no running gateway lost", async () => {
    const { stack, backbone } = await watch({});
    await stack.api.register("pump-1");
    const { body } = await stack.api.command("pump-1", { name: "reboot", deadline: "2s" });
    await stack.nats.kill();
    await eventually(() => expect(Date.now()).toBeGreaterThan(Date.parse(body.deadline)));
    await stack.nats.start();
    await eventually(async () => {
      expect((await events(backbone, "CommandExpired")).map(({ id }) => id)).toEqual([`${body.id}/expired`]);
    }, 40_000);
    expect(await events(backbone, "GatewayLost")).toEqual([]);
  });

  it("expire thousands of commands that are due together, once each", async () => {
    const { stack, backbone } = await watch({});
    const count = 3_000;
    const issuedAt = Date.now();
    const deadline = new Date(issuedAt + 1_000).toISOString();
    await Promise.all(
      Array.from({ length: count }, (_, i) => {
        const device = `d${i % 500}`;
        const data = { command: `c${i}`, device, name: "reboot", deadline, by: "admin" };
        const frame = { id: `c${i}`, source: "/test", time: new Date(issuedAt).toISOString(), entity: device };
        return backbone.log.append(toEvent({ type: "CommandIssued", data }, frame));
      }),
    );
    const expired = await eventually(async () => {
      const found = await events(backbone, "CommandExpired");
      expect(found).toHaveLength(count);
      return found;
    }, 50_000);
    expect(new Set(expired.map(({ id }) => id)).size).toBe(count);
    expect(stack.reactors[0]?.process.logs().join("\n")).not.toContain("given up");
  });
});
