import { type IClientOptions, MqttClient, connect as mqttConnect } from "mqtt";
import { proxyAgent, type TlsFiles, throughProxy } from "../proxy/tunnel.ts";

export async function mqttClient(url: string, options: IClientOptions, proxy: string | undefined): Promise<MqttClient> {
  const { protocol, hostname, port } = new URL(url);
  if (proxy === undefined) return mqttConnect(url, options);
  if (protocol !== "mqtt:" && protocol !== "mqtts:") {
    const tls = protocol === "wss:" ? (options as TlsFiles) : undefined;
    return mqttConnect(url, { ...options, wsOptions: { ...options.wsOptions, agent: proxyAgent(proxy, tls) } });
  }
  const secure = protocol === "mqtts:";
  const to = { host: hostname, port: Number(port || (secure ? 8_883 : 1_883)) };
  const socket = await throughProxy(proxy, { ...to, tls: secure ? (options as TlsFiles) : undefined });
  return new MqttClient(() => socket, options);
}
