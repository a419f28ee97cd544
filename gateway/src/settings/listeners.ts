import { environmentName, type PortOrOff } from "@fleetlog/runtime/node";

/** The settings of a gateway's ports. */
export interface ListenerSettings {
  readonly httpPort: PortOrOff;
  readonly httpsPort: number;
  readonly mqttPort: PortOrOff;
  readonly mqttsPort: number;
  readonly tlsCert?: string;
}

/** A port that a gateway listens on. */
export interface Listener {
  readonly key: "httpPort" | "httpsPort" | "mqttPort" | "mqttsPort";
  /** What the port is for, in error texts. */
  readonly purpose: string;
  readonly used: (settings: ListenerSettings) => boolean;
}

/** All listeners, in the order of error texts; a new listener is a line here. */
export const LISTENERS: readonly Listener[] = [
  { key: "httpPort", purpose: "HTTP and WebSocket", used: ({ httpPort }) => httpPort !== "off" },
  { key: "httpsPort", purpose: "HTTPS and WebSocket over TLS", used: ({ tlsCert }) => tlsCert !== undefined },
  { key: "mqttPort", purpose: "MQTT", used: ({ mqttPort }) => mqttPort !== "off" },
  { key: "mqttsPort", purpose: "MQTT over TLS", used: ({ tlsCert }) => tlsCert !== undefined },
];

/** Checks that no two listeners have the same port. 0 means any free port and never conflicts. */
export function portsApart(settings: ListenerSettings): string | undefined {
  const used = LISTENERS.filter((listener) => listener.used(settings) && settings[listener.key] !== 0);
  for (const [index, { key, purpose }] of used.entries()) {
    const other = used.slice(0, index).find((earlier) => settings[earlier.key] === settings[key]);
    if (other === undefined) continue;
    return `${environmentName(key)} (${purpose}) and ${environmentName(other.key)} (${other.purpose}) are both ${settings[key]}; give each its own port`;
  }
  return undefined;
}

/** Checks that operators can reach the gateway. */
export function operatorsCanConnect({ httpPort, tlsCert }: ListenerSettings): string | undefined {
  return httpPort === "off" && tlsCert === undefined
    ? "FLEETLOG_HTTP_PORT is off, but there is no HTTPS either, so nobody could reach the pages; set FLEETLOG_TLS_CERT and FLEETLOG_TLS_KEY, or a port"
    : undefined;
}
