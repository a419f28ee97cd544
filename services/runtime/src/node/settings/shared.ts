import { writableFolder } from "./folder.ts";
import { choice, duration, optionalPort, optionalToken, path, portOrOff, text } from "./kinds.ts";
import { type SettingsOf, slice } from "./slice.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;

export const processSettings = slice({
  own: {
    logLevel: choice(LOG_LEVELS, "info", "Least severity that is logged"),
    stopTimeout: duration("10s", ["100ms", "10m"], "How long a process may take to stop in order"),
  },
});
export type ProcessSettings = SettingsOf<typeof processSettings>;

export const hostSettings = slice({
  own: {
    host: text(/^[A-Za-z0-9.:_-]{1,253}$/, {
      description: "Address that devices and operators connect to; `0.0.0.0` for every network",
      accepts: "an IP address or host name",
      fallback: "127.0.0.1",
    }),
  },
});

export const addressSettings = slice({
  uses: [hostSettings],
  own: {
    httpPort: portOrOff(8080, "HTTP API, WebSocket devices and MQTT over WebSocket; `off` leaves HTTPS only"),
    mqttPort: portOrOff(1883, "MQTT; `off` leaves MQTT over TLS and over WebSocket only"),
  },
});

/** Ports of older systems' devices. */
export const dialectPortSettings = slice({
  own: {
    edgebindPort: optionalPort(
      "WebSocket port for Edgebind programs: JSON-RPC clients that send no credential, and are known by their IP address; closed without it",
    ),
    libpyiotcloudPort: optionalPort("HTTPS port for clients of libpyiotcloud; closed without it"),
    tpedmPort: optionalPort("HTTP port for programs of TPEDM's web API; closed without it"),
  },
});

export const dataPathSettings = slice({
  own: {
    dataDir: path("./data", "Folder of everything that is kept: the log, views, the first sign-in token, log files"),
  },
});

export const dataFolderSettings = slice({
  uses: [dataPathSettings],
  checks: [writableFolder("dataDir")],
});

/** For processes that act as the first administrator or authenticate the first administrator. */
export const adminTokenSettings = slice({
  own: {
    adminToken: optionalToken({
      description: "The first administrator's bearer token",
      defaultText: "made once and printed",
      secret: true,
    }),
  },
});

export const leaseSettings = slice({
  own: {
    leaseTtl: duration(
      "10s",
      ["1s", "10m"],
      "Time to live of a gateway's lease; a gateway that does not renew it is declared lost, and its sessions end",
    ),
  },
});
