import {
  duration,
  integer,
  optionalPath,
  optionalText,
  port,
  SECRET,
  type SettingsOf,
  size,
  slice,
} from "@fleetlog/runtime/node";
import { credentialsFile } from "./credentials.ts";

/** Address and credentials of NATS. */
export const natsSettings = slice({
  own: {
    natsPort: port(4222, "The launcher's own nats-server; a free port if this one is taken"),
    natsUrl: optionalText(/^(?:nats|tls):\/\/[^\s,]+(?:,(?:nats|tls):\/\/[^\s,]+)*$/, {
      description: "Use this NATS instead of starting one; several servers of one cluster with commas between",
      accepts: "nats://host:port or tls://host:port",
      secret: true,
    }),
    natsToken: optionalText(SECRET.pattern, {
      description: "Token that FLEETLOG_NATS_URL asks for",
      accepts: SECRET.accepts,
      secret: true,
    }),
    natsCreds: optionalPath("NATS credentials file (user JWT and seed) for FLEETLOG_NATS_URL"),
  },
  checks: [credentialsFile("natsCreds")],
});

/** Limits of the streams. */
export const streamSettings = slice({
  own: {
    fleetMaxBytes: size("8GiB", ["1MiB", "64TiB"], "Size of the FLEET stream; full, it refuses new events"),
    telemetryMaxBytes: size("2GiB", ["1MiB", "64TiB"], "Size of the TELEMETRY stream; full, it drops the oldest"),
    telemetryMaxAge: duration("7d", ["1m", "3650d"], "How long telemetry is kept"),
    replicas: integer(1, [1, 5], "Copies of each stream in a NATS cluster; 3 to outlive a server"),
  },
});

/** Settings of every process that connects to the log. */
export const logSettings = slice({ uses: [natsSettings, streamSettings] });
export type LogSettings = SettingsOf<typeof logSettings>;
