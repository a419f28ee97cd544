import type { RecordedEvent } from "@fleetlog/domain";
import { type Logger, type MemoryBackbone, MemoryServer, memoryBackbone } from "@fleetlog/log";
import { startViews } from "@fleetlog/projections/testing";
import { LEASES } from "@fleetlog/protocol";
import { type Reactors, startReactors } from "../app.ts";
import type { RunnableReaction } from "../runner/run-reaction.ts";
import { eventOf, T0 } from "./events.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";

export const TTL = 9_000;
export const DEVICE = "d1";
/** Answers of the views have room for few commands, so that tests need several pages. */
const SHORT_ANSWER_BYTES = 1_000;

export interface Fleet {
  readonly clock: ManualClock;
  /** A process without reactors. */
  readonly outside: MemoryBackbone;
  readonly problems: string[];
  react(id: string, reactions?: readonly RunnableReaction[]): Reactors & { readonly backbone: MemoryBackbone };
  issue(command: string, deadlineInMs: number, device?: string): Promise<void>;
  events(...types: RecordedEvent["type"][]): Promise<RecordedEvent[]>;
  renewLease(gateway: string, incarnation: string): Promise<void>;
  stop(): Promise<void>;
}

/** A log, its views and any number of processes with reactors, in memory and on a manual clock. */
export async function startFleet(): Promise<Fleet> {
  const clock = manualClock(T0);
  const server = new MemoryServer({ clock: clock.now });
  const outside = memoryBackbone({ server });
  const views = await startViews(outside, SHORT_ANSWER_BYTES);
  const problems: string[] = [];
  const problem = (_: object, message: string) => void problems.push(message);
  const logger: Logger = { info() {}, warn: problem, error: problem };
  const running: { reactors: Reactors; backbone: MemoryBackbone }[] = [];

  return {
    clock,
    outside,
    problems,
    react(id, reactions) {
      const backbone = memoryBackbone({ server });
      const options = { backbone, id, leaseTtlMs: TTL, logger, clock };
      const reactors = startReactors(reactions === undefined ? options : { ...options, reactions });
      running.push({ reactors, backbone });
      return {
        backbone,
        get active() {
          return reactors.active;
        },
        stop: () => reactors.stop(),
      };
    },
    async issue(command, deadlineInMs, device = DEVICE) {
      const deadline = new Date(clock.now() + deadlineInMs).toISOString();
      const data = { command, device, name: "reboot", deadline, by: "admin" };
      await outside.log.append(eventOf("CommandIssued", data, { at: clock.now() }));
    },
    async events(...types) {
      const found: RecordedEvent[] = [];
      for await (const event of outside.log.read({ stream: "FLEET" }))
        if (types.includes(event.type)) found.push(event);
      return found;
    },
    async renewLease(gateway, incarnation) {
      const bucket = await outside.buckets.open(LEASES.bucket, { ttlMs: TTL, maxBytes: LEASES.maxBytes });
      await bucket.put(LEASES.gateway(gateway), { gateway, incarnation });
    },
    async stop() {
      outside.back();
      for (const { reactors, backbone } of running) {
        await reactors.stop();
        await backbone.close();
      }
      await views.close();
      await outside.close();
    },
  };
}
