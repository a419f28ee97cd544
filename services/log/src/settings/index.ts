import {
  dataPathSettings,
  duration,
  integer,
  NAME,
  optionalPath,
  optionalSecret,
  optionalText,
  port,
  type SettingsOf,
  size,
  slice,
  text,
} from "@fleetlog/runtime/node";
import { credentialsFile } from "./credentials.ts";
import { noLoginInUrl, oneCredential, tlsFiles } from "./nats-checks.ts";

export const natsSettings = slice({
  uses: [dataPathSettings],
  own: {
    natsPort: port(4222, "Port of the launcher's own nats-server; if it is taken, a free port is used"),
    natsUrl: optionalText(/^(?:nats|tls):\/\/[^\s,]+(?:,(?:nats|tls):\/\/[^\s,]+)*$/, {
      description: "Use this NATS instead of starting one; several servers of one cluster with commas between",
      accepts: "nats://host:port or tls://host:port",
      secret: true,
    }),
    natsUser: optionalText(NAME.pattern, {
      description: "User name for FLEETLOG_NATS_URL, with FLEETLOG_NATS_PASSWORD",
      accepts: NAME.accepts,
    }),
    natsPassword: optionalSecret("Password of FLEETLOG_NATS_USER"),
    natsToken: optionalSecret("Token that FLEETLOG_NATS_URL asks for, instead of user and password"),
    natsCreds: optionalPath("NATS credentials file (user JWT and seed) for FLEETLOG_NATS_URL"),
    natsCa: optionalPath("PEM file with the authorities that sign NATS servers' certificates; only TLS is used then"),
    natsCert: optionalPath("PEM file with this process's certificate for NATS, with FLEETLOG_NATS_KEY"),
    natsKey: optionalPath("PEM file with the private key of FLEETLOG_NATS_CERT, which no other user can read"),
    natsSync: optionalText(/^(?:always|\d{1,6}(?:ms|s|m))$/, {
      description:
        "When nats-server syncs events to disk. The launcher starts its own nats-server with this value; for one at FLEETLOG_NATS_URL, give the value of its configuration",
      accepts: "always, or an interval such as 10s",
      defaultText: "always for the launcher's own, not known for others",
    }),
  },
  checks: [credentialsFile("natsCreds"), oneCredential, noLoginInUrl, tlsFiles],
});

export const streamSettings = slice({
  own: {
    fleetMaxBytes: size("8GiB", ["1MiB", "64TiB"], "Size of the FLEET stream; when full, it refuses new events"),
    telemetryMaxBytes: size("2GiB", ["1MiB", "64TiB"], "Size of the TELEMETRY stream; when full, it drops the oldest"),
    telemetryMaxAge: duration("7d", ["1m", "3650d"], "How long telemetry is kept"),
    accessMaxBytes: size(
      "256MiB",
      ["1MiB", "64TiB"],
      "Size of the ACCESS stream (refusals and sign-ins); when full, it drops the oldest",
    ),
    accessMaxAge: duration("90d", ["1m", "3650d"], "How long refusals and sign-ins are kept"),
    deliveryMaxBytes: size(
      "256MiB",
      ["1MiB", "64TiB"],
      "Size of the DELIVERY stream (what channels sent); when full, it drops the oldest",
    ),
    deliveryMaxAge: duration("30d", ["2d", "3650d"], "How long deliveries of channels are kept"),
    artifactsMaxBytes: size("8GiB", ["1MiB", "64TiB"], "Size of all artifacts together; above it, uploads are refused"),
    replicas: integer(1, [1, 5], "Copies of each stream in a NATS cluster; 3 to outlive a server"),
  },
});

export const clockSettings = slice({
  own: {
    clockWarn: duration(
      "2s",
      ["100ms", "1h"],
      "Difference from the clock of NATS' server at which a warning is logged",
    ),
    clockLimit: duration(
      "30s",
      ["100ms", "365d"],
      "Difference from the clock of NATS' server at which a gateway is not ready",
    ),
  },
});

export const artifactSettings = slice({
  own: {
    artifacts: text(/^\S(?:.*\S)?$/, {
      description: "Where artifacts are kept: in NATS, or in a folder that all gateways share",
      accepts: "jetstream, or a path",
      fallback: "jetstream",
    }),
  },
});

export const logSettings = slice({ uses: [natsSettings, streamSettings, clockSettings] });
export type LogSettings = SettingsOf<typeof logSettings>;
