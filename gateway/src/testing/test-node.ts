import {
  type Command,
  type CommandEvent,
  DEVICE_CATEGORIES,
  command as decider,
  hasEnded,
  type RecordedEvent,
} from "@fleetlog/domain";
import type { Fleet } from "@fleetlog/fleet";
import type { DeviceCredentials } from "@fleetlog/identity";
import { type MemoryBackbone, type MemoryServer, memoryBackbone } from "@fleetlog/log";
import { QUERY_QUEUE, type QueryRequest, querySubject } from "@fleetlog/protocol";
import { pino } from "pino";
import { type Core, createCore } from "../node/core.ts";
import { NodeParts } from "../node/parts.ts";
import { commandsPart } from "../sessions/commands-part.ts";
import { Reserve, type Sessions } from "../sessions/index.ts";
import { sessionsPart } from "../sessions/part.ts";

export interface TestNode {
  readonly core: Core;
  readonly backbone: MemoryBackbone;
  readonly credentials: DeviceCredentials;
  readonly sessions: Sessions;
  readonly fleet: Fleet;
  /** Error codes of refused reports. */
  readonly refusals: readonly string[];
  /** Log lines. */
  readonly logged: readonly { readonly msg: string; readonly [field: string]: unknown }[];
  /** Simulates that the node was declared lost and continues as this incarnation. */
  declaredLost(incarnation: string): void;
}

/** One gateway node without its ports, on a log in memory. Several on one server are several nodes. */
export async function testNode(name = "g1", server?: MemoryServer): Promise<TestNode> {
  const backbone = memoryBackbone(server === undefined ? {} : { server });
  const refusals: string[] = [];
  const observe = { received() {}, acknowledged() {}, refused: (code: string) => void refusals.push(code) };
  const logged: TestNode["logged"][number][] = [];
  const logger = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const node = { name, incarnation: `${name}-1` };
  const core = createCore({ name, version: "1.2.3", backbone, logger, clock: Date.now });
  const limits = { eventsPerSecond: 1_000, burst: 2_000, openCommands: 4 };
  const devices = sessionsPart(core, { reserve: new Reserve(logger) }, { node, limits, observe });
  const commands = commandsPart(core, devices);
  await new NodeParts([devices, commands]).start();
  return {
    declaredLost: (incarnation) => {
      node.incarnation = incarnation;
    },
    core,
    backbone,
    credentials: core.fleet.credentials,
    refusals,
    logged,
    fleet: commands.fleet,
    sessions: devices.sessions,
  };
}

/** Short pages, as large commands make them. */
const PAGE_SIZE = 2;

/** Answers queries about commands by folding the log. */
export function answerFromLog({ log, bus }: MemoryBackbone): void {
  async function all(): Promise<Map<string, Command>> {
    const commands = new Map<string, Command>();
    for await (const event of log.read({ stream: "FLEET", category: "command" })) {
      const { command: id } = (event as RecordedEvent<CommandEvent>).data;
      const state = decider.evolve(commands.get(id), event);
      if (state !== undefined) commands.set(id, state);
    }
    return commands;
  }
  bus.respond(querySubject("commands.get"), QUERY_QUEUE, async (data) => {
    const { params } = data as QueryRequest<"commands.get">;
    return { result: (await all()).get(params.id) ?? null, seq: (await log.state("FLEET")).lastSeq };
  });
  bus.respond(querySubject("commands.pending"), QUERY_QUEUE, async (data) => {
    const { params } = data as QueryRequest<"commands.pending">;
    const { device, after = 0, limit = 100 } = params;
    const open = [...(await all()).values()].filter((c) => c.device === device && !hasEnded(c) && c.seq > after);
    return {
      result: open.sort((a, b) => a.seq - b.seq).slice(0, Math.min(limit, PAGE_SIZE)),
      seq: (await log.state("FLEET")).lastSeq,
    };
  });
}

/** All events of one device, in log order. */
export async function historyOf({ log }: MemoryBackbone, device: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of log.read({ stream: "FLEET", entity: device, categories: DEVICE_CATEGORIES }))
    events.push(event);
  return events;
}
