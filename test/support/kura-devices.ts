import type { CommandEvent } from "@fleetlog/domain";
import { registerDevice } from "@fleetlog/fleet";
import { KuraDevice, type KuraScenario } from "@fleetlog/simulators";
import { connectAsync, type MqttClient } from "mqtt";
import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import { TESTER } from "./gateway-parts.ts";
import type { MqttTestEndpoint } from "./mqtt-endpoint.ts";

export const ACCOUNT = "plant";

export interface KuraNames {
  readonly account: string;
  readonly clientId: string;
  readonly userName: string;
  readonly password: string;
}

let names = 0;

/** Kura devices at a node. */
export class KuraDevices {
  readonly #node: MqttTestEndpoint;

  constructor(node: MqttTestEndpoint) {
    this.#node = node;
  }

  async registered(account = ACCOUNT): Promise<KuraNames & { readonly id: string }> {
    const clientId = `gw-${++names}`;
    const login = { account, clientId, userName: `${clientId}-user`, password: `${clientId}-password` };
    const { id } = await registerDevice(this.#node.fleet, TESTER, { dialect: "kura", login });
    return { ...login, id };
  }

  async connected(scenario: KuraScenario = {}) {
    const login = await this.registered();
    const device = new KuraDevice({ url: this.#node.url, ...login, scenario });
    await device.start();
    return { device, id: login.id, login };
  }

  raw({ clientId, userName: username, password }: KuraNames): Promise<MqttClient> {
    return connectAsync(this.#node.url, { clientId, username, password, reconnectPeriod: 0, connectTimeout: 5_000 });
  }

  async ended(id: string, command: string): Promise<CommandEvent> {
    return eventually(async () => {
      const found = ((await this.#node.events(id, "command")) as unknown as CommandEvent[]).find(
        ({ type, data }) => data.command === command && (type === "CommandCompleted" || type === "CommandFailed"),
      );
      expect(found).toBeDefined();
      return found as CommandEvent;
    });
  }

  async run(id: string, name: string, params?: unknown): Promise<CommandEvent> {
    return this.ended(id, (await this.#node.issue(id, name, params)).id);
  }

  /** Events that the device reported itself. */
  async reportedEvents(id: string): Promise<readonly { readonly name: string; readonly data: unknown }[]> {
    return (await this.#node.events(id, "event")).map(({ data }) => data as { name: string; data: unknown });
  }
}
