import { setTimeout as delay } from "node:timers/promises";
import type { Load } from "@fleetlog/simulators/load";
import type { RunningGateway, RunningPart, Stack } from "../../support/stack.ts";
import type { Supervised } from "./supervised.ts";

/** A whole system under load. */
export interface World {
  readonly stack: Stack;
  readonly loads: readonly Load[];
  /** The historians of `stack`. */
  readonly historians: readonly Supervised[];
  /** A whole number from 0 to below `below`; each seed has its own sequence. */
  readonly random: (below: number) => number;
  /** Mount point of a file system that a fault may fill; undefined without a mount. */
  readonly disk: string | undefined;
}

export interface Target {
  readonly name: string;
  readonly pid: number;
  kill(): Promise<void>;
  /**
   * SIGTERM.
   * @throws Error if the exit code is not 0
   */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Time limit for the end or the start of a process. */
const PROCESS_MS = 120_000;

/** nats-server is the first: the others need it to start. */
export function targetsOf({ stack, historians }: Pick<World, "stack" | "historians">): Target[] {
  const { nats, gateways, projectors, reactors } = stack;
  return [
    {
      name: "nats-server",
      get pid() {
        return nats.pid;
      },
      kill: () => within(nats.kill(), "killing nats-server"),
      stop: () => within(nats.stop(), "stopping nats-server"),
      start: () => within(nats.start(), "starting nats-server"),
    },
    ...gateways.map((gateway) => targetOf("gateway", gateway)),
    ...projectors.map((projector) => targetOf("projector", projector)),
    ...reactors.map((reactor) => targetOf("reactors", reactor)),
    ...historians.map((historian) => supervised("historian", historian)),
  ];
}

function supervised(name: string, part: Supervised): Target {
  return {
    name,
    get pid() {
      return part.pid;
    },
    kill: () => within(part.kill(), `killing ${name}`),
    async stop() {
      expectEnded(name, await within(part.stop(), `stopping ${name}`), part.part);
    },
    start: () => within(part.start(), `starting ${name}`),
  };
}

function targetOf(name: string, part: RunningPart | RunningGateway): Target {
  return {
    name,
    get pid() {
      return part.process.pid;
    },
    kill: () => within(part.process.kill(), `killing ${name}`),
    async stop() {
      expectEnded(name, await within(part.process.stop(), `stopping ${name}`), part);
    },
    start: () => within(part.restart(), `starting ${name}`),
  };
}

function expectEnded(name: string, code: number | null, { process }: RunningPart | RunningGateway): void {
  if (code !== 0) throw new Error(`${name} ended with ${code} after SIGTERM:\n${process.logs().join("\n")}`);
}

export function pick<T>({ random }: Pick<World, "random">, items: readonly T[]): T {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

export async function pause({ random }: Pick<World, "random">, mostMs: number): Promise<void> {
  await delay(random(mostMs));
}

async function within<T>(work: Promise<T>, what: string): Promise<T> {
  const done = new AbortController();
  const late = delay(PROCESS_MS, undefined, { signal: done.signal }).then(
    () => {
      throw new Error(`${what} took longer than ${PROCESS_MS / 1_000} s`);
    },
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}
