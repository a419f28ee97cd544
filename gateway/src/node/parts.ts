import type { Metric } from "prom-client";
import type { Upgradable } from "../net/upgrades.ts";

/** A part of a gateway node. A node is a list of parts. */
export interface NodePart {
  readonly name: string;
  readonly upgrades?: Readonly<Record<string, Upgradable>>;
  readonly metrics?: readonly Metric[];
  /** Why the node should get no traffic; empty when the part is ready. */
  notReady?(): readonly string[];
  start?(node: NodeSummary): Promise<void> | void;
  /** Stops accepting work, and ends connections so that devices and browsers reconnect elsewhere. */
  drain?(): Promise<void> | void;
  /** Called after all parts have drained. */
  stop?(): Promise<void> | void;
}

export type NodeSummary = Pick<NodeParts, "upgrades" | "metrics" | "notReady">;

type Phase = "starting" | "running" | "stopping";

/** The parts of a node: started in order, drained all at once, stopped in reverse order. */
export class NodeParts {
  readonly #parts: readonly NodePart[];
  readonly #started: NodePart[] = [];
  #phase: Phase = "starting";
  #stopping: Promise<void> | undefined;

  /** @param parts each part after the parts that it needs */
  constructor(parts: readonly NodePart[]) {
    this.#parts = parts;
  }

  /** @throws Error when two parts handle the same path */
  get upgrades(): ReadonlyMap<string, Upgradable> {
    const all = new Map<string, Upgradable>();
    for (const { name, upgrades = {} } of this.#parts) {
      for (const [path, target] of Object.entries(upgrades)) {
        if (all.has(path)) throw new Error(`${name} handles upgrades at ${path}, which another part already does`);
        all.set(path, target);
      }
    }
    return all;
  }

  notReady(): string[] {
    return [
      ...(this.#phase === "running" ? [] : [`this node is ${this.#phase}`]),
      ...this.#parts.flatMap((part) => part.notReady?.() ?? []),
    ];
  }

  get metrics(): readonly Metric[] {
    return this.#parts.flatMap(({ metrics = [] }) => metrics);
  }

  /** Starts the parts in order. If a part fails, stops it and the parts before it, and rejects with its error. */
  async start(): Promise<void> {
    for (const part of this.#parts) {
      try {
        this.#started.push(part);
        await part.start?.(this);
      } catch (error) {
        await this.stop().catch(() => {});
        throw error;
      }
    }
    this.#phase = "running";
  }

  /** Every call resolves when all parts have stopped. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#phase = "stopping";
    await Promise.all(this.#started.map((part) => part.drain?.()));
    for (const part of this.#started.toReversed()) await part.stop?.();
  }
}
