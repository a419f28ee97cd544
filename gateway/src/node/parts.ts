import type { Metric } from "prom-client";
import type { HttpResource } from "../http/resources/resource.ts";
import type { Upgradable } from "../net/upgrades.ts";

/** A part of a gateway node: what it offers to the others, and its life. Parts are put together by one list. */
export interface NodePart {
  readonly name: string;
  /** HTTP routes that it answers. */
  readonly routes?: readonly HttpResource[];
  /** WebSocket upgrades that it takes, by path. */
  readonly upgrades?: Readonly<Record<string, Upgradable>>;
  /** What it counts, for Prometheus. */
  readonly metrics?: readonly Metric[];
  /** Why the node should get no traffic; empty where it should. */
  notReady?(): readonly string[];
  /** Begins its work. @param node all parts together */
  start?(node: NodeSummary): Promise<void> | void;
  /** Takes no more work, and ends its connections so that devices and browsers come back elsewhere. */
  drain?(): Promise<void> | void;
  /** Ends its work; everything has drained. */
  stop?(): Promise<void> | void;
}

/** What a part may ask of all parts together. */
export type NodeSummary = Pick<NodeParts, "routes" | "upgrades" | "metrics" | "notReady">;

type Phase = "starting" | "running" | "stopping";

/** The parts of a node: started in order, drained all at once, stopped in reverse order. */
export class NodeParts {
  readonly #parts: readonly NodePart[];
  readonly #started: NodePart[] = [];
  #phase: Phase = "starting";
  #stopping: Promise<void> | undefined;

  /** @param parts each after those that it needs */
  constructor(parts: readonly NodePart[]) {
    this.#parts = parts;
  }

  get routes(): readonly HttpResource[] {
    return this.#parts.flatMap(({ routes = [] }) => routes);
  }

  /** @throws Error when two parts take the same path */
  get upgrades(): ReadonlyMap<string, Upgradable> {
    const all = new Map<string, Upgradable>();
    for (const { name, upgrades = {} } of this.#parts) {
      for (const [path, target] of Object.entries(upgrades)) {
        if (all.has(path)) throw new Error(`${name} takes upgrades at ${path}, which another part takes already`);
        all.set(path, target);
      }
    }
    return all;
  }

  /** Why the node should get no traffic; empty where it should. */
  notReady(): string[] {
    return [
      ...(this.#phase === "running" ? [] : [`this node is ${this.#phase}`]),
      ...this.#parts.flatMap((part) => part.notReady?.() ?? []),
    ];
  }

  get metrics(): readonly Metric[] {
    return this.#parts.flatMap(({ metrics = [] }) => metrics);
  }

  /** Rejects as the first part that can't start does, once those that had started have stopped. */
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

  /** Repeatable: every call resolves when all parts have stopped. */
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
