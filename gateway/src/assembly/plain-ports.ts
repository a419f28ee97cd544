import { isIP } from "node:net";
import { plainAddress } from "@fleetlog/runtime/node";
import type { Logger } from "pino";
import type { Dialect } from "../dialects/index.ts";
import type { GatewaySettings } from "../settings/index.ts";

/**
 * Ports without TLS that other machines can reach, such as `HTTP on 0.0.0.0:8080`. None if there are trusted proxies,
 * which may use TLS to the clients.
 */
export function plainPorts(settings: GatewaySettings, dialects: readonly Dialect[]): readonly string[] {
  const { host, httpPort, mqttPort, trustedProxies } = settings;
  if (isLoopback(host) || trustedProxies !== undefined) return [];
  const at = host.includes(":") ? `[${host}]` : host;
  return [
    ...(httpPort === "off" ? [] : [`HTTP on ${at}:${httpPort}`]),
    ...(mqttPort === "off" ? [] : [`MQTT on ${at}:${mqttPort}`]),
    ...dialects.flatMap(({ name, listener }) => {
      const port = listener?.port(settings);
      if (listener === undefined || port === undefined || (listener.protocol === "http" && listener.tls)) return [];
      return [`${listener.protocol === "http" ? "HTTP" : "WebSocket"} of ${name} on ${at}:${port}`];
    }),
  ];
}

export function warnOfPlainPorts(ports: readonly string[], logger: Logger): void {
  if (ports.length === 0) return;
  const advice =
    "set FLEETLOG_TLS=auto, and FLEETLOG_HTTP_PORT and FLEETLOG_MQTT_PORT to off; ports of older systems have no TLS, so " +
    "restrict them to the network of their devices, or put a proxy in front";
  logger.warn({ ports }, `anyone on the network can read tokens and passwords: ${ports.join(", ")}; ${advice}`);
}

function isLoopback(host: string): boolean {
  const address = plainAddress(host);
  if (isIP(address) === 0) return address === "localhost";
  return address === "::1" || address.startsWith("127.");
}
