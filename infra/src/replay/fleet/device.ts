import { setTimeout as delay } from "node:timers/promises";
import {
  type Address,
  type Agent,
  createAgent,
  type Link,
  memoryStore,
  type Transport,
  transportTo,
} from "@fleetlog/agent";
import { DEVICE_PATH, MQTT_PATH, type Profile } from "@fleetlog/protocol";
import type { Action } from "../plan/actions.ts";
import { DeviceRefused, type Registry } from "../target/registry.ts";
import { Answers } from "./answers.ts";
import type { Counts } from "./counts.ts";
import { replayedTransport } from "./transport.ts";

export interface DeviceContext {
  /** The device's id at the target. */
  readonly id: string;
  readonly url: string;
  readonly registry: Pick<Registry, "register" | "change">;
  readonly counts: Counts;
  readonly signal: AbortSignal;
  /** An error that ends the replay. */
  readonly onFailed: (error: unknown) => void;
  readonly onRefused: (reason: string) => void;
  /** Default: over the network. */
  readonly transportTo?: (address: Address) => Transport;
}

type Connect = Extract<Action, { do: "connect" }>;

/** Nothing is dropped: the replay waits for what is not acknowledged. */
const STORE = { maxReports: 1_000_000, maxBytes: 256 * 1024 ** 2 };
/** Maximum reports of a device that wait for their acknowledgement. */
const MOST_WAITING = 500;
const LIMITS = { backlogPerSecond: 1_000_000 };
const LOOK_MS = 50;

/** Replays a device of the span at the target. Its actions are done in order. */
export class ReplayedDevice {
  readonly #context: DeviceContext;
  readonly #store = memoryStore(STORE);
  readonly #answers = new Answers();
  #tail: Promise<void> = Promise.resolve();
  #token: string | undefined;
  /** Sent at each start, as devices do; the target records what is new. */
  #profile: Profile | undefined;
  #agent: Agent | undefined;
  #link: Link | undefined;
  /** The target does not accept the device: all its further actions are left out. */
  #refused = false;

  constructor(context: DeviceContext) {
    this.#context = context;
  }

  get connected(): boolean {
    return this.#agent?.status === "connected";
  }

  do(action: Action): void {
    this.#tail = this.#tail.then(() => this.#doNow(action));
  }

  /** Resolves when everything is done and acknowledged, or the device is stopped. */
  async settled(): Promise<void> {
    await this.#tail;
    await this.#acknowledged();
  }

  /** Ends the connection. Unacknowledged reports are lost; to keep them, await `settled` first. */
  async stop(): Promise<void> {
    await this.#agent?.stop({ timeoutMs: 0 });
    await this.#tail;
    await this.#agent?.stop({ timeoutMs: 0 });
  }

  async #doNow(action: Action): Promise<void> {
    const { signal, onFailed } = this.#context;
    if (this.#refused || signal.aborted) return;
    try {
      await this.#perform(action);
    } catch (error) {
      if (error instanceof DeviceRefused) this.#refuse(error.code, error.message);
      else if (!signal.aborted) onFailed(error);
    }
  }

  async #perform(action: Action): Promise<void> {
    const { id, registry, counts } = this.#context;
    switch (action.do) {
      case "register": {
        const { token, isNew } = await registry.register({ ...action, device: id });
        this.#token = token;
        if (isNew) counts.registered += 1;
        else counts.known += 1;
        return;
      }
      case "rename":
        return registry.change(id, { name: action.name });
      case "tag":
        return registry.change(id, { tags: [...action.tags] });
      case "connect":
        return this.#connect(action);
      case "disconnect":
        return this.#disconnect(action.cut);
      case "report":
        return this.#report(action);
      case "profile":
        this.#profile = action.profile;
        this.#agent?.profile(action.profile);
        counts.profiles += 1;
        return;
      case "answer":
        this.#answers.add(action.name, action.params, action.answer);
    }
  }

  async #connect({ protocol, mqttVersion }: Connect): Promise<void> {
    const { id, url: http, counts, transportTo: to = transportTo } = this.#context;
    if (this.#token === undefined || this.#agent !== undefined) return;
    // Both protocols go over the HTTP port, the only one of the target that is known.
    const url = new URL(protocol === "mqtt" ? MQTT_PATH : DEVICE_PATH, http.replace(/^http/, "ws")).href;
    const transport = replayedTransport(to({ url, device: id, token: this.#token, mqttVersion }), {
      onLink: (link) => {
        this.#link = link;
        counts.connections += 1;
      },
      onCommand: (link, command) => {
        const result = this.#answers.to(command);
        if (result === undefined) return;
        link.send({ kind: "command-result", result }).then(
          () => {
            counts.answers += 1;
          },
          () => {},
        );
      },
    });
    const agent = createAgent({
      ...{ device: id, transport, store: this.#store, limits: LIMITS },
      ...(this.#profile && { profile: this.#profile }),
    });
    this.#agent = agent;
    agent.on("refused", (_, { code, message }) => this.#count(String(code), message));
    agent.on("waiting", ({ kind, reason }) => {
      if (kind === "credentials") this.#refuse("credentials", reason);
      if (kind === "superseded") this.#refuse("superseded", "another program connects as this device");
    });
    agent.start();
    await connectedOrStopped(agent);
  }

  async #disconnect(cut: boolean): Promise<void> {
    const agent = this.#agent;
    if (agent === undefined) return;
    await this.#acknowledged();
    if (cut) this.#link?.cut();
    await agent.stop({ timeoutMs: 0 });
    this.#agent = undefined;
    this.#link = undefined;
  }

  async #report({ report }: Extract<Action, { do: "report" }>): Promise<void> {
    const { counts } = this.#context;
    if (this.#agent === undefined) return;
    try {
      this.#agent.forward(report);
    } catch (error) {
      this.#count("invalid-request", error instanceof Error ? error.message : String(error));
      return;
    }
    if (report.kind === "telemetry") counts.telemetry += 1;
    else counts.events += 1;
    if (this.#store.reports >= MOST_WAITING) await this.#acknowledged();
  }

  async #acknowledged(): Promise<void> {
    for (;;) {
      const agent = this.#agent;
      if (agent === undefined || this.#refused) return;
      await connectedOrStopped(agent);
      if (agent.status !== "connected") return;
      await agent.flushed();
      if (agent.status !== "connected") continue;
      if (this.#store.reports === 0) return;
      await delay(LOOK_MS);
    }
  }

  #count(code: string, message: string): void {
    this.#context.counts.refuse(code);
    this.#context.onRefused(message);
  }

  #refuse(code: string, message: string): void {
    if (this.#refused) return;
    this.#refused = true;
    this.#count(code, message);
    void this.#agent?.stop({ timeoutMs: 0 });
  }
}

function connectedOrStopped(agent: Agent): Promise<void> {
  const isOver = () => agent.status === "connected" || agent.status === "stopping" || agent.status === "stopped";
  if (isOver()) return Promise.resolve();
  return new Promise((resolve) => {
    const listener = () => {
      if (!isOver()) return;
      agent.off("status", listener);
      resolve();
    };
    agent.on("status", listener);
  });
}
