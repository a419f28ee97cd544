import Type, { type Static } from "typebox";
import { choice, duration, integer, port, size, text } from "./kinds.ts";

const name = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
const nameAccepts = "letters, digits, _ and -, at most 64";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;

/**
 * Every setting of every process. A key such as `httpPort` is `FLEETLOG_HTTP_PORT` in the environment; durations are
 * milliseconds and sizes bytes once read.
 */
export const Settings = Type.Object({
  host: text("^[A-Za-z0-9.:_-]{1,253}$", {
    description: "Address that devices and operators connect to; `0.0.0.0` for every network",
    accepts: "an IP address or host name",
    default: "127.0.0.1",
  }),
  httpPort: port(8080, "HTTP API, WebSocket devices and MQTT over WebSocket"),
  httpsPort: port(8443, "The same over TLS"),
  mqttPort: port(1883, "MQTT"),
  mqttsPort: port(8883, "MQTT over TLS"),
  tlsCert: Type.Optional(
    text("^\\S(?:.*\\S)?$", {
      description: "Certificate chain (PEM file) of HTTPS and MQTT over TLS, which are off without it",
      accepts: "a path",
    }),
  ),
  tlsKey: Type.Optional(
    text("^\\S(?:.*\\S)?$", { description: "Private key (PEM file) of that certificate", accepts: "a path" }),
  ),
  tlsClientCa: Type.Optional(
    text("^\\S(?:.*\\S)?$", {
      description: "Authorities (PEM file) whose client certificates log a device in: the common name is its id",
      accepts: "a path",
    }),
  ),
  tlsClientCrl: Type.Optional(
    text("^\\S(?:.*\\S)?$", {
      description: "Their revocation lists (PEM file), one of each authority; without it none is asked for",
      accepts: "a path",
    }),
  ),
  natsPort: port(4222, "The launcher's own nats-server; a free port if this one is taken"),
  natsUrl: Type.Optional(
    text("^(?:nats|tls)://[^\\s,]+(?:,(?:nats|tls)://[^\\s,]+)*$", {
      description: "Use this NATS instead of starting one; several servers of one cluster with commas between",
      accepts: "nats://host:port or tls://host:port",
      secret: true,
    }),
  ),
  natsToken: Type.Optional(
    text("^[\\x21-\\x7e]{1,512}$", {
      description: "Token that FLEETLOG_NATS_URL asks for",
      accepts: "1 to 512 printable characters without spaces",
      secret: true,
    }),
  ),
  natsCreds: Type.Optional(
    text("^\\S(?:.*\\S)?$", {
      description: "NATS credentials file (user JWT and seed) for FLEETLOG_NATS_URL",
      accepts: "a path",
    }),
  ),
  natsSync: text("^(?:always|\\d{1,6}(?:ms|s|m))$", {
    description: "When the launcher's own nats-server puts appends on disk (2.10 and newer; older ones: each 2m)",
    accepts: "always, or an interval such as 10s",
    default: "always",
  }),
  dataDir: text("^\\S(?:.*\\S)?$", {
    description: "Folder of everything that is kept: the log, views, the first sign-in token, log files",
    accepts: "a path",
    default: "./data",
  }),
  adminToken: Type.Optional(
    text("^[\\x21-\\x7e]{1,512}$", {
      description: "The first administrator's bearer token",
      accepts: "1 to 512 printable characters without spaces",
      defaultText: "made once and printed",
      secret: true,
    }),
  ),
  gatewayName: text(name, {
    description: "Name of this gateway, unlike every other's",
    accepts: nameAccepts,
    defaultText: "host name and HTTP port",
  }),
  projectorName: text(name, {
    description: "Name of this projector, unlike every other's on the same data folder",
    accepts: nameAccepts,
    default: "projector",
  }),
  site: Type.Optional(
    text(name, { description: "Site that this gateway's events are marked with", accepts: nameAccepts }),
  ),
  fleet: integer(12, { min: 0, max: 100_000 }, "Simulated devices that `npm start` brings along; 0 for none"),
  logLevel: choice(LOG_LEVELS, "info", "Least severity that is logged"),

  maxPayloadBytes: size("256KiB", ["1KiB", "4MiB"], "Largest MQTT packet, WebSocket message or HTTP body"),
  maxConnections: integer(100_000, { min: 1, max: 1_000_000 }, "Devices connected to this gateway at a time"),
  deviceRate: integer(1_000, { min: 1, max: 1_000_000 }, "Messages a second that one device may send on average"),
  deviceBurst: integer(2_000, { min: 1, max: 1_000_000 }, "Messages that one device may send at once"),
  loginTimeout: duration("10s", ["100ms", "5m"], "How long a connection may take to log in"),
  pingInterval: duration("30s", ["100ms", "1h"], "Silence after which a WebSocket device is pinged"),
  appendWindow: integer(4_096, { min: 1, max: 65_536 }, "Appends under way that the log has not yet acknowledged"),
  appendWindowBytes: size("16MiB", ["64KiB", "1GiB"], "The same in bytes; a gateway that reaches either stops reading"),
  commandDeadline: duration("1h", ["1s", "365d"], "Deadline of a command that names none"),
  leaseTtl: duration("10s", ["1s", "10m"], "A gateway that is silent so long is lost, and its sessions ended"),
  stopTimeout: duration("10s", ["100ms", "10m"], "How long a process may take to stop in order"),

  fleetMaxBytes: size("8GiB", ["1MiB", "64TiB"], "Size of the FLEET stream; full, it refuses new events"),
  telemetryMaxBytes: size("2GiB", ["1MiB", "64TiB"], "Size of the TELEMETRY stream; full, it drops the oldest"),
  telemetryMaxAge: duration("7d", ["1m", "3650d"], "How long telemetry is kept"),
  replicas: integer(1, { min: 1, max: 5 }, "Copies of each stream in a NATS cluster; 3 to outlive a server"),
});
export type Settings = Readonly<Static<typeof Settings>>;
export type SettingKey = keyof Settings;

/** Every name in the environment that begins with it is a setting, or a mistake. */
export const PREFIX = "FLEETLOG_";

/** `httpPort` to `FLEETLOG_HTTP_PORT`. */
export function environmentName(key: string): string {
  return `${PREFIX}${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
