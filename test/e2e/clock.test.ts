import { fileURLToPath } from "node:url";
import type { CommandResource, SystemResource } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

const PRELOAD = fileURLToPath(new URL("../support/shifted-clock.ts", import.meta.url));
const HOUR_MS = 3_600_000;

const ahead = (ms: number) => ({ NODE_OPTIONS: `--import ${PRELOAD}`, TEST_CLOCK_AHEAD_MS: String(ms) });

describe("a clock that is wrong", () => {
  let stack: Stack;
  let right: RunningGateway;
  let wrong: RunningGateway;
  beforeAll(async () => {
    stack = await startStack({ gateways: 2 });
    [right, wrong] = stack.gateways as [RunningGateway, RunningGateway];
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  async function restarted(ms: number): Promise<void> {
    await wrong.process.stop();
    await wrong.restart(ahead(ms));
  }
  async function readiness({ httpPort }: RunningGateway): Promise<{ status: number; text: string }> {
    const answer = await fetch(`http://127.0.0.1:${httpPort}/readyz`);
    return { status: answer.status, text: await answer.text() };
  }
  async function system(): Promise<SystemResource> {
    return (await right.api.call<SystemResource>("GET", "/api/system")).body;
  }
  const clockOf = async (name: string) => (await system()).gateways.find((one) => one.name === name)?.live?.clock;

  it("by an hour makes a gateway not ready; the other gateway is ready, and names the wrong gateway", async () => {
    await restarted(HOUR_MS);
    await eventually(async () =>
      expect(await readiness(wrong)).toMatchObject({
        status: 503,
        text: expect.stringMatching(/clock is 3(599|600|601)\.\d s ahead of that of NATS' server/),
      }),
    );
    expect((await readiness(right)).status).toBe(200);
    await eventually(async () => expect(await clockOf("gateway-2")).toMatchObject({ state: "wrong" }));
    expect(await clockOf("gateway-1")).toMatchObject({ state: "right" });
    const metrics = await (await fetch(`http://127.0.0.1:${wrong.httpPort}/metrics`)).text();
    expect(metrics).toMatch(/^fleetlog_clock_offset_seconds 3(599|600)/m);
    await eventually(() =>
      expect(right.process.logs().join("\n")).toMatch(/this gateway's clock is 3\d{3}\.\d s behind that of gateway-2/),
    );
  });

  it("by two seconds or more causes a warning", async () => {
    await restarted(-5_000);
    expect((await readiness(wrong)).status).toBe(200);
    await eventually(async () => expect(await clockOf("gateway-2")).toMatchObject({ state: "off" }));
    // The reported difference is a lower bound: it is smaller if the server answered slowly.
    expect(wrong.process.logs().join("\n")).toMatch(/clock is (4\.\d|5\.0) s behind that of NATS' server/);
  });

  it("of the reactors does not change the time at which commands expire", async () => {
    const [reactors] = stack.reactors;
    await reactors?.process.stop();
    await reactors?.restart(ahead(HOUR_MS));
    await eventually(async () => expect((await system()).reactors).toMatchObject([{ clock: { state: "wrong" } }]));
    await right.api.register("absent");
    const issue = async (ms: number) => {
      const deadline = new Date(Date.now() + ms).toISOString();
      return (await right.api.command("absent", { name: "x", deadline })).body.id;
    };
    const [later, soon] = [await issue(HOUR_MS / 2), await issue(1_500)];
    const command = async (id: string) => (await right.api.call<CommandResource>("GET", `/api/commands/${id}`)).body;
    await eventually(async () => expect((await command(soon)).state).toBe("expired"));
    expect((await command(later)).state).toBe("issued");
    expect(reactors?.process.logs().join("\n")).toContain("ahead of that of NATS' server");
  });
});
