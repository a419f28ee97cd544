import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Agent, type AgentOptions, createAgent, memoryStore, systemClock } from "@fleetlog/agent";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { nextEvent } from "../support/agent-event.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
let folder: string;
beforeAll(async () => {
  stack = await startStack();
  folder = await mkdtemp(join(tmpdir(), "fleetlog-agent-"));
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

type Way = { readonly url: string; readonly mqttVersion?: 4 | 5 };

const ways = {
  "JSON-RPC": (): Way => ({ url: `ws://127.0.0.1:${gateway().httpPort}/device` }),
  "MQTT 3.1.1": (): Way => ({ url: `mqtt://127.0.0.1:${gateway().mqttPort}`, mqttVersion: 4 }),
  "MQTT 5": (): Way => ({ url: `mqtt://127.0.0.1:${gateway().mqttPort}`, mqttVersion: 5 }),
  "MQTT 5 over WebSocket": (): Way => ({ url: `ws://127.0.0.1:${gateway().httpPort}/mqtt`, mqttVersion: 5 }),
};

function gateway() {
  const [first] = stack.gateways;
  if (first === undefined) throw new Error("no gateway");
  return first;
}

async function recorded(device: string): Promise<string[]> {
  const events = await stack.api.events(device);
  return events.flatMap(({ type, data }) => {
    const { boot, seq } = data as { boot?: string; seq?: number };
    return /Reported$/.test(type) && seq !== undefined ? [`${boot}:${seq}`] : [];
  });
}

const agents: Agent[] = [];
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop()));
});

const prefixOf = (name: string): string => name.replaceAll(/[^A-Za-z0-9]+/g, "-");

async function agentOf(
  id: string,
  way: () => Way,
  more: Partial<Pick<AgentOptions, "clock" | "commands" | "store" | "profile">> = {},
): Promise<Agent> {
  const token = await stack.api.register(id);
  const agent = createAgent({ device: id, token, backoff: { baseMs: 50, capMs: 500 }, ...way(), ...more });
  agents.push(agent);
  return agent;
}

describe.each(Object.entries(ways))("an agent by %s", (name, way) => {
  const prefix = prefixOf(name);

  const clockAYearAhead = async () => {
    const id = `${prefix}:ahead`;
    const clock = { ...systemClock, now: () => Date.now() + 365 * 86_400_000 };
    const agent = await agentOf(id, way, { clock, commands: { blink: () => "blinked" } });
    agent.start();
    const { body } = await stack.api.command(id, { name: "blink", deadline: "60s" }, "?wait=10s");
    expect(body).toMatchObject({ state: "completed", result: "blinked" });
  };
  // MQTT 3 has no Message Expiry Interval: its agent compares the deadline with its own clock.
  if (name !== "MQTT 3.1.1") it("executes commands although its clock is a year ahead", clockAYearAhead);

  it("reports, sends its profile, and executes commands", async () => {
    const id = `${prefix}:aa:01`;
    const commands = {
      add: (params: unknown) => (params as number[]).reduce((sum, number) => sum + number, 0),
      fail: () => {
        throw new Error("no such relay");
      },
    };
    const agent = await agentOf(id, way, { commands, profile: { model: "M1", serial: "S1", firmware: "1" } });
    const first = agent.report({ celsius: 20 }, { at: new Date("2026-01-01T00:00:00Z") });
    agent.event("door-opened", { by: "key" });
    agent.start();
    await eventually(async () =>
      expect(await stack.api.device(id)).toMatchObject({ status: "connected", model: "M1", serial: "S1" }),
    );
    const { status, body } = await stack.api.command(id, { name: "add", params: [1, 2, 3] }, "?wait=10s");
    expect(status).toBe(200);
    expect(body).toMatchObject({ state: "completed", result: 6, deliveries: 1 });
    expect((await stack.api.command(id, { name: "fail" }, "?wait=10s")).body).toMatchObject({
      state: "failed",
      error: { code: "failed", message: "no such relay" },
    });
    expect((await stack.api.command(id, { name: "other" }, "?wait=10s")).body).toMatchObject({
      state: "failed",
      error: { code: "unknown-command" },
    });
    await agent.flushed();
    const events = await stack.api.events(id);
    expect(events.find(({ type }) => type === "TelemetryReported")).toMatchObject({
      id: `${id}:${first.boot}:1`,
      devicetime: "2026-01-01T00:00:00.000Z",
      data: { data: { celsius: 20 } },
    });
    await agent.stop();
    await eventually(async () => expect(await stack.api.device(id)).toMatchObject({ status: "disconnected" }));
  });

  it("loses no report that it had stored before a kill, and fails the command that it was executing", async () => {
    const id = `${prefix}-killing`;
    const token = await stack.api.register(id);
    const file = join(folder, `${id}.journal`);
    const stored: string[] = [];
    const start = () => {
      const program = fileURLToPath(new URL("agent.program.ts", import.meta.url));
      const { url, mqttVersion = 5 } = way();
      const child = spawn(process.execPath, [program, url, id, token, file, String(mqttVersion)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const lines: string[] = [];
      createInterface({ input: child.stdout }).on("line", (line) => {
        lines.push(line);
        if (line.startsWith("stored ")) stored.push(line.slice(7));
      });
      const kill = async () => {
        child.kill("SIGKILL");
        await once(child, "close");
      };
      return { lines, kill };
    };
    for (let round = 0; round < 2; round++) {
      const before = stored.length;
      const { kill } = start();
      await eventually(() => expect(stored.length).toBeGreaterThan(before + 100));
      await kill();
    }
    const third = start();
    const { body: hanging } = await stack.api.command(id, { name: "hang", deadline: "5m" });
    await eventually(() => expect(third.lines).toContain("started hang"));
    await third.kill();
    const last = start();
    await eventually(async () => {
      const { body } = await stack.api.call<{ state: string }>("GET", `/api/commands/${hanging.id}`);
      expect(body).toMatchObject({ state: "failed", error: { code: "interrupted" } });
    });
    const expected = [...stored];
    await eventually(async () => {
      const found = await recorded(id);
      expect(new Set(found).size).toBe(found.length);
      const there = new Set(found);
      expect(expected.filter((report) => !there.has(report))).toEqual([]);
    });
    await last.kill();
  });

  it("reports a wrong token, and waits for at least 30 s before it tries again", async () => {
    const id = `${prefix}-wrong`;
    await stack.api.register(id);
    const agent = createAgent({ device: id, token: "fld_wrong", ...way() });
    agents.push(agent);
    const waiting = nextEvent(agent, "waiting");
    agent.start();
    const [end, delayMs] = (await waiting) as [{ kind: string }, number];
    expect(end.kind).toBe("credentials");
    expect(delayMs).toBeGreaterThanOrEqual(30_000);
    expect(await stack.api.device(id)).toMatchObject({ status: "never-connected" });
  });

  it("detects that another connection replaced its connection, and that its device was retired", async () => {
    const id = `${prefix}-twice`;
    const token = await stack.api.register(id);
    const one = createAgent({
      device: id,
      token,
      ...way(),
      backoff: { baseMs: 600_000, capMs: 600_000 },
      random: () => 0.5,
    });
    const two = createAgent({ device: id, token, ...way() });
    agents.push(one, two);
    const up = nextEvent(one, "connected");
    one.start();
    await up;
    const down = nextEvent(one, "disconnected");
    const taken = nextEvent(two, "connected");
    two.start();
    const [end] = (await down) as [{ kind: string }];
    // MQTT 3.1.1 has no reason codes: the connection just closes.
    expect(end.kind).toBe(name === "MQTT 3.1.1" ? "lost" : "superseded");
    // Connect first: `two` would never emit "disconnected" for a device that was already retired.
    await taken;
    const retired = nextEvent(two, "disconnected");
    await stack.api.call("DELETE", `/api/devices/${id}`);
    await retired;
    await eventually(async () => expect(await stack.api.device(id)).toMatchObject({ status: "retired" }));
  });
});

describe("agents whose gateway is killed several times", () => {
  it("lose and duplicate no report", async () => {
    let reporting = true;
    const reports: Promise<void>[] = [];
    const running = await Promise.all(
      Object.entries(ways).map(async ([name, way]) => {
        const id = `${prefixOf(name)}-killed`;
        const agent = await agentOf(id, way, { store: memoryStore({ maxReports: 100_000 }) });
        const reported: string[] = [];
        agent.start();
        const report = async () => {
          for (let n = 0; reporting; n++) {
            const { boot, seq } = n % 5 === 0 ? agent.event("tick", { n }) : agent.report({ n });
            reported.push(`${boot}:${seq}`);
            // Faster agents would only report more while the gateway restarts.
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        };
        reports.push(report());
        return { id, agent, reported };
      }),
    );
    for (let round = 0; round < 2; round++) {
      const before = running.map(({ reported }) => reported.length);
      await eventually(() => {
        for (const [n, { agent, reported }] of running.entries()) {
          expect(reported.length - agent.stats.stored).toBeGreaterThan((before[n] ?? 0) + 100);
        }
      }, 40_000);
      await gateway().process.kill();
      await gateway().restart();
    }
    reporting = false;
    await Promise.all(reports);
    for (const { id, agent, reported } of running) {
      await eventually(() => expect(agent.stats.stored, id).toBe(0), 40_000);
      expect(agent.stats).toMatchObject({ dropped: { telemetry: 0, event: 0 }, refused: 0 });
      expect((await recorded(id)).toSorted()).toEqual(reported.toSorted());
    }
  }, 120_000);
});
