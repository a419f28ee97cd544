import { writableFolder } from "./folder.ts";
import { choice, duration, optionalText, path, port, SECRET, text } from "./kinds.ts";
import { type SettingsOf, slice } from "./slice.ts";

// Settings that packages share which must not import each other: gateway, projector, simulators and the launcher.

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;

/** Of every process. */
export const processSettings = slice({
  own: {
    logLevel: choice(LOG_LEVELS, "info", "Least severity that is logged"),
    stopTimeout: duration("10s", ["100ms", "10m"], "How long a process may take to stop in order"),
  },
});
export type ProcessSettings = SettingsOf<typeof processSettings>;

/** Where a gateway is reached without TLS, by those who serve there and those who connect. */
export const addressSettings = slice({
  own: {
    host: text(/^[A-Za-z0-9.:_-]{1,253}$/, {
      description: "Address that devices and operators connect to; `0.0.0.0` for every network",
      accepts: "an IP address or host name",
      fallback: "127.0.0.1",
    }),
    httpPort: port(8080, "HTTP API, WebSocket devices and MQTT over WebSocket"),
    mqttPort: port(1883, "MQTT"),
  },
});

/** Of a process that keeps files. */
export const dataFolderSettings = slice({
  own: {
    dataDir: path("./data", "Folder of everything that is kept: the log, views, the first sign-in token, log files"),
  },
  checks: [writableFolder("dataDir")],
});

/** Of a process that acts as the first administrator, or lets him in. */
export const adminTokenSettings = slice({
  own: {
    adminToken: optionalText(SECRET.pattern, {
      description: "The first administrator's bearer token",
      accepts: SECRET.accepts,
      defaultText: "made once and printed",
      secret: true,
    }),
  },
});

/** Of those who hold leases of gateways, or judge by them. */
export const leaseSettings = slice({
  own: {
    leaseTtl: duration("10s", ["1s", "10m"], "A gateway that is silent so long is lost, and its sessions ended"),
  },
});
