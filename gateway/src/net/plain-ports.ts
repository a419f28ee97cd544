import { isIP } from "node:net";
import { plainAddress } from "@fleetlog/runtime/node";
import type { Logger } from "pino";
import type { GatewaySettings } from "../settings/index.ts";

type Listening = Pick<GatewaySettings, "host" | "httpPort" | "mqttPort" | "trustedProxies">;

/** Ports without TLS that other machines can reach, such as `HTTP on 0.0.0.0:8080`. None behind a trusted proxy. */
export function plainPorts({ host, httpPort, mqttPort, trustedProxies }: Listening): readonly string[] {
  if (isLoopback(host) || trustedProxies !== undefined) return [];
  const at = host.includes(":") ? `[${host}]` : host;
  return [
    ...(httpPort === "off" ? [] : [`HTTP on ${at}:${httpPort}`]),
    ...(mqttPort === "off" ? [] : [`MQTT on ${at}:${mqttPort}`]),
  ];
}

export function warnOfPlainPorts(ports: readonly string[], logger: Logger): void {
  if (ports.length === 0) return;
  const advice = "set FLEETLOG_TLS=auto, and FLEETLOG_HTTP_PORT and FLEETLOG_MQTT_PORT to off";
  logger.warn({ ports }, `anyone on the network can read tokens and passwords: ${ports.join(", ")}; ${advice}`);
}

function isLoopback(host: string): boolean {
  const address = plainAddress(host);
  if (isIP(address) === 0) return address === "localhost";
  return address === "::1" || address.startsWith("127.");
}
