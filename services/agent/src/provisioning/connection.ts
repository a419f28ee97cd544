import { PROVISION_METHODS, PROVISION_TOPICS, type ProvisionAsk, type ProvisionProgress } from "@fleetlog/protocol";
import type { IClientOptions } from "mqtt";
import { CommonClient, type ICommonWebSocket, WebSocket } from "rpc-websockets";
import { proxyAgent, type TlsFiles } from "../proxy/tunnel.ts";
import { mqttClient } from "../transport/mqtt-client.ts";
import type { ProvisioningSettings } from "./settings.ts";

const CLOSE_MS = 1_000;

export class ProvisionRefusal extends Error {
  override readonly name = "ProvisionRefusal";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The connection of a device that is being provisioned. Calls reject when the connection ends. */
export interface ProvisioningConnection {
  ask(ask: ProvisionAsk): Promise<string>;
  /** @throws ProvisionRefusal */
  progress(progress: ProvisionProgress): Promise<void>;
  close(): Promise<void>;
}

type Connect = Pick<
  ProvisioningSettings,
  "brokerUrl" | "clientId" | "username" | "password" | "timeoutMs" | "proxy" | "enrolment"
> & { readonly tls: TlsFiles };

export function connectToProvision(settings: Connect): Promise<ProvisioningConnection> {
  const isMqtt = new URL(settings.brokerUrl).protocol.startsWith("mqtt");
  return isMqtt ? byMqtt(settings) : byWebSocket(settings);
}

async function byMqtt(settings: Connect): Promise<ProvisioningConnection> {
  const { brokerUrl, clientId, username, password, timeoutMs, tls, proxy, enrolment } = settings;
  const options: IClientOptions = {
    ...{ clientId, clean: true, protocolVersion: 5, reconnectPeriod: 0 },
    ...(enrolment === undefined && { username, password }),
    ...{ connectTimeout: timeoutMs, queueQoSZero: false },
    ...(tls as Pick<IClientOptions, "ca" | "cert" | "key">),
  };
  const client = await mqttClient(brokerUrl, options, proxy);
  let failed: (error: Error) => void = () => {};
  const ended = new Promise<never>((_, reject) => {
    failed = reject;
  });
  ended.catch(() => {});
  client.on("error", (error) => failed(error));
  client.on("close", () => failed(new Error("the connection was closed")));
  const within = <T>(work: Promise<T>): Promise<T> => limited(Promise.race([work, ended]), timeoutMs);
  try {
    await within(new Promise<void>((resolve) => client.once("connect", () => resolve())));
    await within(client.subscribeAsync(PROVISION_TOPICS.reply, { qos: 1 }));
  } catch (error) {
    client.end(true);
    throw error;
  }
  const publish = (topic: string, content: unknown) =>
    client.publishAsync(topic, JSON.stringify(content), { qos: 1 }).catch((error: unknown) => {
      const { code, message } = error as { code?: unknown; message?: string };
      if (typeof code === "number") throw new ProvisionRefusal(`mqtt-${code}`, message ?? "");
      throw error;
    });
  return {
    async ask(ask) {
      const reply = new Promise<unknown>((resolve) => {
        client.once("message", (_topic, payload) => resolve(JSON.parse(payload.toString())));
      });
      await within(publish(PROVISION_TOPICS.request, ask));
      return jwsIn(await within(reply));
    },
    progress: async (progress) => {
      await within(publish(PROVISION_TOPICS.progress, progress));
    },
    close: async () => {
      // MQTT.js would wait for ever on a broken connection.
      await limited(client.endAsync(), CLOSE_MS).catch(() => client.end(true));
    },
  };
}

async function byWebSocket(settings: Connect): Promise<ProvisioningConnection> {
  const { brokerUrl, clientId, username, password, timeoutMs, tls, proxy, enrolment } = settings;
  const isSecure = new URL(brokerUrl).protocol === "wss:";
  const options = {
    ...tls,
    perMessageDeflate: false,
    handshakeTimeout: timeoutMs,
    ...(proxy !== undefined && { agent: proxyAgent(proxy, isSecure ? tls : undefined) }),
  };
  const client = new CommonClient(
    (address) => WebSocket(address, options as Parameters<typeof WebSocket>[1]) as unknown as ICommonWebSocket,
    brokerUrl,
    { autoconnect: false, reconnect: false },
  );
  const ended = new Promise<never>((_, reject) => {
    client.on("error", (error: unknown) => reject(error instanceof Error ? error : new Error(messageIn(error))));
    client.on("close", () => reject(new Error("the connection was closed")));
  });
  ended.catch(() => {});
  const call = (method: string, params: object): Promise<unknown> =>
    limited(Promise.race([client.call(method, params as Record<string, unknown>).catch(refused), ended]), timeoutMs);
  client.connect();
  try {
    await limited(Promise.race([new Promise<void>((resolve) => client.on("open", () => resolve())), ended]), timeoutMs);
    // With a certificate, the WebSocket upgrade has already logged the device in.
    if (enrolment === undefined) await call("rpc.login", { device: clientId, userName: username, token: password });
  } catch (error) {
    client.close();
    throw error;
  }
  return {
    ask: async (ask) => jwsIn(await call(PROVISION_METHODS.request, ask)),
    progress: async (progress) => {
      await call(PROVISION_METHODS.progress, progress);
    },
    close: async () => client.close(),
  };
}

function jwsIn(reply: unknown): string {
  const { jws, error } = reply as { jws?: unknown; error?: { code?: unknown; message?: unknown } };
  if (typeof jws === "string") return jws;
  throw new ProvisionRefusal(String(error?.code ?? "unknown"), String(error?.message ?? "the reply can't be read"));
}

function refused(error: unknown): never {
  const { message, data } = error as { message?: unknown; data?: { code?: unknown } };
  throw new ProvisionRefusal(String(data?.code ?? "unknown"), String(message ?? error));
}

function messageIn(error: unknown): string {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === "string" ? message : String(error);
}

async function limited<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
