import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAgent } from "@fleetlog/agent";
import type { RecordedEvent } from "@fleetlog/domain";
import { Projector } from "@fleetlog/projections";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fleetlog-site-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function recorded(env: Readonly<Record<string, string>>): Promise<readonly RecordedEvent[]> {
  const node = await startTlsGateway({ env });
  const { backbone } = node;
  const projector = new Projector({ backbone, id: "test", directory, logger: pino({ level: "silent" }) });
  try {
    await projector.start();
    await live(node);
    await node.gateway.stop();
    const events: RecordedEvent[] = [];
    for (const stream of ["FLEET", "TELEMETRY"] as const)
      for await (const event of backbone.log.read({ stream })) events.push(event);
    return events;
  } finally {
    await projector.close();
    await node[Symbol.asyncDispose]();
  }
}

async function live({ api, backbone, https, authority }: TlsGateway): Promise<void> {
  const token = await api.register("pump-1");
  const tls = { ca: authority.cert };
  const agent = createAgent({
    url: `wss://${https}/device`,
    device: "pump-1",
    token,
    tls,
    profile: { model: "P" },
    commands: { reboot: () => "done" },
  });
  agent.start();
  agent.report({ celsius: 21.5 });
  agent.event("opened", {});
  await api.call("POST", "/api/devices/pump-1/commands", { name: "reboot" });
  await eventually(async () => {
    expect(await typesIn(backbone)).toEqual(expect.arrayContaining(["CommandCompleted", "DeviceEventReported"]));
    expect((await backbone.log.state("TELEMETRY")).events).toBe(1);
  });
  await agent.stop();
  await eventually(async () => expect(await typesIn(backbone)).toContain("SessionClosed"));
}

async function typesIn({ log }: TlsGateway["backbone"]): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of log.read({ stream: "FLEET" })) types.push(type);
  return types;
}

it("a gateway with a site marks every event with the site", async () => {
  const events = await recorded({ FLEETLOG_SITE: "north-1" });
  expect([...new Set(events.map(({ type }) => type))].sort()).toEqual([
    "CommandCompleted",
    "CommandDelivered",
    "CommandIssued",
    "DeviceEventReported",
    "DeviceProfileReported",
    "DeviceRegistered",
    "GatewayStarted",
    "GatewayStopped",
    "SessionClosed",
    "SessionOpened",
    "TelemetryReported",
  ]);
  for (const { type, gateway, site } of events)
    expect({ type, gateway, site }).toEqual({ type, gateway: "gateway-1", site: "north-1" });
});

it("a gateway without a site marks no event with a site", async () => {
  const events = await recorded({});
  expect(events.length).toBeGreaterThan(10);
  expect(events.filter((event) => "site" in event)).toEqual([]);
});
