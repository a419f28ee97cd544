import { type Agent, createAgent, memoryStore } from "@fleetlog/agent";
import type { ConfigurationResource } from "@fleetlog/protocol";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
const agents: Agent[] = [];
beforeAll(async () => {
  stack = await startStack({ gateways: 2, projectors: 2, reactors: 2 });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop({ timeoutMs: 500 });
});
afterAll(() => stack[Symbol.asyncDispose]());

type Protocol = "mqtt 5" | "mqtt 3.1.1" | "json-rpc";

function urlOf({ httpPort, mqttPort }: RunningGateway, protocol: Protocol): string {
  return protocol === "json-rpc" ? `ws://127.0.0.1:${httpPort}/device` : `mqtt://127.0.0.1:${mqttPort}`;
}

function run(device: string, token: string, gateway: RunningGateway, protocol: Protocol) {
  const applied: Record<string, unknown>[] = [];
  const agent = createAgent({
    device,
    token,
    url: urlOf(gateway, protocol),
    mqttVersion: protocol === "mqtt 3.1.1" ? 4 : 5,
    store: memoryStore(),
    configuration(values) {
      if (values.bad === true) throw new Error("this is bad");
      applied.push({ ...values });
    },
  });
  agents.push(agent);
  agent.start();
  return { agent, applied };
}

const configurationOf = async (device: string, { api } = first) =>
  (await api.call<ConfigurationResource>("GET", `/api/devices/${device}/configuration`)).body;
const set = ({ api }: RunningGateway, device: string, values: object) =>
  api.call("PUT", `/api/devices/${device}/configuration`, { values });

describe.each<Protocol>(["mqtt 5", "mqtt 3.1.1", "json-rpc"])("a device's configuration by %s", (protocol) => {
  const device = `configured-${protocol.replaceAll(/\W/g, "")}`;

  it("is delivered by either node on connect and on change, is reported, and survives a take-over and a killed gateway", async () => {
    const token = await first.api.register(device, { tags: [device] });
    await set(first, device, { interval: 1 });
    const older = run(device, token, first, protocol);
    await eventually(async () => expect(await configurationOf(device)).toMatchObject({ difference: [] }));
    expect(older.applied).toEqual([{ interval: 1 }]);

    await set(second, device, { bad: true });
    await eventually(async () =>
      expect(await configurationOf(device, second)).toMatchObject({
        reported: { revision: 2, state: "refused", error: { code: "failed", message: "this is bad" } },
        difference: [
          { path: "/bad", desired: true },
          { path: "/interval", reported: 1 },
        ],
      }),
    );

    const group = { filter: { tag: device }, configuration: { from: "group" } };
    await first.api.call("PUT", `/api/groups/${device}`, group);
    await set(second, device, { interval: 3 });
    await eventually(async () =>
      expect(await configurationOf(device)).toMatchObject({
        desired: { interval: 3, from: "group" },
        sources: { "/interval": "device", "/from": `group:${device}` },
        reported: { state: "applied" },
        difference: [],
      }),
    );

    const newer = run(device, token, second, protocol);
    await older.agent.stop({ timeoutMs: 500 });
    await set(first, device, { interval: 4 });
    await eventually(() => expect(newer.applied.at(-1)).toEqual({ interval: 4, from: "group" }));

    await second.process.kill();
    await set(first, device, { interval: 5 });
    await set(first, device, { interval: 6 });
    await second.restart();
    await eventually(() => expect(newer.applied.at(-1)).toEqual({ interval: 6, from: "group" }));
    await eventually(async () => expect(await configurationOf(device)).toMatchObject({ difference: [] }));
    const revisions = (await first.api.events(device, "&category=configuration")).flatMap(({ type, data }) =>
      type === "ConfigurationSet" ? [(data as { revision: number }).revision] : [],
    );
    expect(revisions).toEqual(revisions.map((_, i) => i + 1));
  });
});

it("a change of a group's default reaches every device of the group, despite a killed reactors process", async () => {
  const ids = Array.from({ length: 40 }, (_, i) => `fleet-${i}`);
  await Promise.all(ids.map((id) => first.api.register(id, { tags: ["wide"] })));
  await first.api.call("PUT", "/api/groups/wide", { filter: { tag: "wide" }, configuration: { step: 1 } });
  await first.api.call("PUT", "/api/groups/wide", { filter: { tag: "wide" }, configuration: { step: 2 } });
  for (const { process } of stack.reactors) await process.kill();
  for (const reactors of stack.reactors) await reactors.restart();
  await eventually(async () => {
    for (const id of ids) expect(await configurationOf(id)).toMatchObject({ desired: { step: 2 } });
  }, 30_000);
});
