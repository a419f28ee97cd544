import { X509Certificate } from "node:crypto";
import { type MqttClient, connect as mqttConnect } from "mqtt";
import type { Api } from "./api.ts";

/** The parts of a provision request that tests read. */
export interface ProvisionDetail {
  readonly id: string;
  readonly state: string;
  readonly tries: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly events: readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[];
}

export interface Payload {
  readonly request: string;
  readonly issuedAt: string;
  readonly device: string;
  readonly endpoints: { readonly mqtt: string; readonly websocket: string; readonly http: string };
  readonly credential: { readonly token: string };
  readonly configuration?: unknown;
  readonly bundles: readonly { readonly name: string; readonly url: string; readonly sha256: string }[];
}

export type Reply = { readonly jws: string } | { readonly error: { readonly code: string; readonly message: string } };

export async function createRequest(
  api: Api,
  name: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly id: string; readonly password: string; readonly activationKey?: string }> {
  const body = { clientId: name, userName: `user-${name}`, device: {}, ...more };
  const answer = await api.call<{ id: string; password: string }>("POST", "/api/provision-requests", body);
  if (answer.status !== 201) throw new Error(`creating a request answered ${JSON.stringify(answer.body)}`);
  return answer.body;
}

export async function requestOf(api: Api, id: string): Promise<ProvisionDetail> {
  return (await api.call<ProvisionDetail>("GET", `/api/provision-requests/${id}`)).body;
}

export function storyOf({ events }: ProvisionDetail): string[] {
  return events.map(({ type, data }) => (type === "ProvisionProgressed" ? String(data.state) : type));
}

export function payloadOf(reply: Reply): Payload {
  if (!("jws" in reply)) throw new Error(JSON.stringify(reply.error));
  return JSON.parse(Buffer.from(reply.jws.split(".")[1] ?? "", "base64url").toString()) as Payload;
}

export function chainOf(reply: Reply): X509Certificate[] {
  if (!("jws" in reply)) throw new Error(JSON.stringify(reply.error));
  const { x5c } = JSON.parse(Buffer.from(reply.jws.split(".")[0] ?? "", "base64url").toString()) as { x5c: string[] };
  return x5c.map((der) => new X509Certificate(Buffer.from(der, "base64")));
}

export class MqttNewcomer {
  readonly client: MqttClient;
  readonly #waiting: ((reply: Reply) => void)[] = [];

  private constructor(client: MqttClient) {
    this.client = client;
    client.on("message", (_topic, payload) => this.#waiting.shift()?.(JSON.parse(payload.toString()) as Reply));
  }

  static async connect(
    url: string,
    login: { readonly clientId: string; readonly userName: string; readonly password: string },
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<MqttNewcomer> {
    const { clientId, userName: username, password } = login;
    const client = mqttConnect(url, { clientId, username, password, reconnectPeriod: 0, ...options });
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
      client.once("close", () => reject(new Error("closed")));
    });
    const newcomer = new MqttNewcomer(client);
    await client.subscribeAsync("provision/reply", { qos: 1 });
    return newcomer;
  }

  ask(ask: unknown = {}): Promise<Reply> {
    const reply = new Promise<Reply>((resolve) => this.#waiting.push(resolve));
    this.client.publish("provision/request", JSON.stringify(ask), { qos: 1 });
    return reply;
  }

  async progress(progress: unknown): Promise<void> {
    await this.client.publishAsync("provision/progress", JSON.stringify(progress), { qos: 1 });
  }

  get closed(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.client.connected) resolve();
      this.client.once("close", () => resolve());
    });
  }

  async end(): Promise<void> {
    await this.client.endAsync(true);
  }
}
