import { type dialectPortSettings, environmentName, type PortOrOff, type SettingsOf } from "@fleetlog/runtime/node";

type DialectPorts = SettingsOf<typeof dialectPortSettings>;

export interface ListenerSettings extends Partial<DialectPorts> {
  readonly httpPort: PortOrOff;
  readonly httpsPort: number;
  readonly mqttPort: PortOrOff;
  readonly mqttsPort: number;
  readonly tlsCert?: string | undefined;
  readonly tls: "off" | "auto";
}

export function hasTls({ tls, tlsCert }: Pick<ListenerSettings, "tls" | "tlsCert">): boolean {
  return tls === "auto" || tlsCert !== undefined;
}

export interface Listener {
  readonly key: "httpPort" | "httpsPort" | "mqttPort" | "mqttsPort" | keyof DialectPorts;
  readonly purpose: string;
  readonly used: (settings: ListenerSettings) => boolean;
}

interface DialectPort {
  readonly key: keyof DialectPorts;
  readonly purpose: string;
  readonly needsTls?: true;
}

const DIALECT_PORTS: readonly DialectPort[] = [
  { key: "edgebindPort", purpose: "Edgebind" },
  { key: "libpyiotcloudPort", purpose: "clients of libpyiotcloud", needsTls: true },
  { key: "tpedmPort", purpose: "programs of TPEDM" },
];

export const LISTENERS: readonly Listener[] = [
  { key: "httpPort", purpose: "HTTP and WebSocket", used: ({ httpPort }) => httpPort !== "off" },
  { key: "httpsPort", purpose: "HTTPS and WebSocket over TLS", used: hasTls },
  { key: "mqttPort", purpose: "MQTT", used: ({ mqttPort }) => mqttPort !== "off" },
  { key: "mqttsPort", purpose: "MQTT over TLS", used: hasTls },
  ...DIALECT_PORTS.map(({ key, purpose }) => ({
    key,
    purpose,
    used: (settings: ListenerSettings) => settings[key] !== undefined,
  })),
];

/** Checks that no two listeners have the same port, except 0. */
export function portsApart(settings: ListenerSettings): string | undefined {
  const used = LISTENERS.filter((listener) => listener.used(settings) && settings[listener.key] !== 0);
  for (const [index, { key, purpose }] of used.entries()) {
    const other = used.slice(0, index).find((earlier) => settings[earlier.key] === settings[key]);
    if (other === undefined) continue;
    return `${environmentName(key)} (${purpose}) and ${environmentName(other.key)} (${other.purpose}) are both ${settings[key]}; give each its own port`;
  }
  return undefined;
}

export function operatorsCanConnect(settings: ListenerSettings): string | undefined {
  return settings.httpPort === "off" && !hasTls(settings)
    ? "FLEETLOG_HTTP_PORT is off, but there is no HTTPS either, so nobody could reach the pages; set FLEETLOG_TLS=auto, or FLEETLOG_TLS_CERT and FLEETLOG_TLS_KEY, or a port"
    : undefined;
}

/** Checks that ports that need TLS come with it. */
export function dialectPortsNeedTls(settings: ListenerSettings): string | undefined {
  const port = DIALECT_PORTS.find(({ key, needsTls }) => needsTls && settings[key] !== undefined);
  return port !== undefined && !hasTls(settings)
    ? `${environmentName(port.key)} is given without TLS; give FLEETLOG_TLS=auto, or FLEETLOG_TLS_CERT and FLEETLOG_TLS_KEY`
    : undefined;
}

/** Checks that FLEETLOG_TLS_CLIENT_CA comes with TLS ports. */
export function clientCaNeedsTls(
  settings: Pick<ListenerSettings, "tls" | "tlsCert"> & { readonly tlsClientCa?: string | undefined },
): string | undefined {
  return settings.tlsClientCa !== undefined && !hasTls(settings)
    ? "FLEETLOG_TLS_CLIENT_CA is given without FLEETLOG_TLS_CERT or FLEETLOG_TLS=auto; give one of these, too, or leave FLEETLOG_TLS_CLIENT_CA out"
    : undefined;
}
