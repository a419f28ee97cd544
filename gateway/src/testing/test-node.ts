import { randomBytes } from "node:crypto";
import { DEVICE_CATEGORIES, type RecordedEvent } from "@fleetlog/domain";
import type { Fleet } from "@fleetlog/fleet";
import { type DeviceCredentials, sealerOf } from "@fleetlog/identity";
import { type MemoryBackbone, MemoryObjects, type MemoryServer, memoryBackbone } from "@fleetlog/log";
import { startViews } from "@fleetlog/projections/testing";
import { pino } from "pino";
import { type Core, createCore } from "../node/core.ts";
import { NodeParts } from "../node/parts.ts";
import { Reserve, type Sessions } from "../sessions/index.ts";
import { commandsPart } from "../sessions/parts/commands-part.ts";
import { configurationsPart } from "../sessions/parts/configurations-part.ts";
import { sessionsPart } from "../sessions/parts/sessions-part.ts";

export interface TestNode {
  readonly core: Core;
  readonly backbone: MemoryBackbone;
  readonly credentials: DeviceCredentials;
  readonly sessions: Sessions;
  readonly fleet: Fleet;
  readonly reserve: Reserve;
  readonly refusals: readonly string[];
  readonly logged: readonly { readonly msg: string; readonly [field: string]: unknown }[];
  readonly missing: { readonly count: number };
  /** Acts as if the other nodes had declared the node lost: it continues as this new incarnation. */
  declaredLost(incarnation: string): void;
}

/** A gateway node without ports, on a log in memory. Nodes with the same server share its log. */
export async function testNode(
  name = "g1",
  server?: MemoryServer,
  sealer = sealerOf(randomBytes(32)),
): Promise<TestNode> {
  const backbone = memoryBackbone(server === undefined ? {} : { server });
  const refusals: string[] = [];
  const observe = {
    received() {},
    acknowledged() {},
    refused: (code: string) => void refusals.push(code),
    subscriptionRefused() {},
  };
  const logged: TestNode["logged"][number][] = [];
  const logger = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const missing = { count: 0 };
  const node = { name, incarnation: `${name}-1`, sessionsMissing: () => void missing.count++ };
  const core = createCore({
    name,
    version: "1.2.3",
    backbone,
    sealer,
    objects: new MemoryObjects(),
    artifactLimits: { maxBytes: 1_000_000, accountBytes: 4_000_000 },
    logger,
    clock: Date.now,
    endpoints: () => ({ websocket: "ws://localhost/device", http: "http://localhost" }),
  });
  const limits = {
    eventsPerSecond: 1_000,
    burst: 2_000,
    bytesPerSecond: 1e6,
    burstBytes: 1e7,
    loginsPerMinute: 100,
    openCommands: 4,
  };
  const reserve = new Reserve(logger);
  const devices = sessionsPart(core, { reserve }, { node, limits, observe });
  const commands = commandsPart(core, devices);
  await new NodeParts([devices, commands, configurationsPart(core, devices)]).start();
  return {
    declaredLost: (incarnation) => {
      node.incarnation = incarnation;
    },
    missing,
    core,
    backbone,
    credentials: core.fleet.credentials,
    refusals,
    logged,
    reserve,
    fleet: commands.fleet,
    sessions: devices.sessions,
  };
}

/** Maximum size of the views' answers: two commands, so that more need several pages. */
const SHORT_ANSWER_BYTES = 900;

export async function withViews(backbone: MemoryBackbone): Promise<void> {
  await startViews(backbone, SHORT_ANSWER_BYTES);
}

export async function historyOf({ log }: MemoryBackbone, device: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of log.read({ stream: "FLEET", entity: device, categories: DEVICE_CATEGORIES }))
    events.push(event);
  return events;
}
