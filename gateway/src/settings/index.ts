import { hostname } from "node:os";
import { mailSettings } from "@fleetlog/fleet/settings";
import { installationSettings } from "@fleetlog/identity/settings";
import { artifactSettings, logSettings } from "@fleetlog/log/settings";
import {
  addressSettings,
  adminTokenSettings,
  authorities,
  choice,
  dialectPortSettings,
  duration,
  integer,
  keyOf,
  leaseSettings,
  NAME,
  needs,
  optionalPath,
  optionalText,
  port,
  privateKey,
  processSettings,
  publicUrlSettings,
  revocationLists,
  type SettingsOf,
  secret,
  serverCertificateSettings,
  size,
  slice,
  text,
  together,
} from "@fleetlog/runtime/node";
import { usableAuthority } from "./authority.ts";
import { deviceByteRate } from "./device-share.ts";
import { clientCaNeedsTls, dialectPortsNeedTls, operatorsCanConnect, portsApart } from "./listeners.ts";
import { openIdSettings } from "./open-id.ts";
import { ownLimitSettings } from "./own-limits.ts";
import { tpedmClients, trustedProxies } from "./trusted-proxies.ts";

export { hasTls, LISTENERS, type Listener, type ListenerSettings } from "./listeners.ts";
export { openIdSettings } from "./open-id.ts";
export { ownLimitSettings } from "./own-limits.ts";

export const tlsSettings = slice({
  uses: [serverCertificateSettings],
  own: {
    httpsPort: port(8443, "FLEETLOG_HTTP_PORT's service over TLS"),
    mqttsPort: port(8883, "MQTT over TLS"),
    tlsRsaKeyExchange: choice(
      ["off", "on"],
      "off",
      "`on` accepts TLS 1.2 with plain RSA key exchange (AES128-SHA), for old microcontrollers: it has no forward secrecy",
    ),
    tlsClientCa: optionalPath(
      "Authorities (PEM file) whose client certificates log a device in: the common name is its id",
    ),
    authorityCert: optionalPath(
      "Certificate chain (PEM file) of an authority that issues device certificates, instead of the authority that Fleetlog makes",
    ),
    authorityKey: optionalPath("Private key (PEM file) of FLEETLOG_AUTHORITY_CERT, which no other user can read"),
    authorityOverlap: duration(
      "365d",
      ["0s", "3650d"],
      "How long an authority stays valid after FLEETLOG_AUTHORITY_CERT has replaced it",
    ),
    deviceCertificateLifetime: duration(
      "365d",
      ["1m", "3650d"],
      "Lifetime of certificates that are issued for devices",
    ),
    tlsClientCrl: optionalPath(
      "Revocation lists (PEM file), one of each authority in FLEETLOG_TLS_CLIENT_CA; without this file revocation is not checked",
    ),
  },
  checks: [
    together("authorityCert", "authorityKey"),
    authorities("authorityCert"),
    privateKey("authorityKey"),
    secret("authorityKey"),
    keyOf("authorityCert", "authorityKey"),
    usableAuthority,
    clientCaNeedsTls,
    authorities("tlsClientCa"),
    needs("tlsClientCrl", "tlsClientCa"),
    revocationLists("tlsClientCrl"),
  ],
});

export const gatewaySettings = slice({
  uses: [
    addressSettings,
    dialectPortSettings,
    tlsSettings,
    logSettings,
    artifactSettings,
    installationSettings,
    adminTokenSettings,
    openIdSettings,
    ownLimitSettings,
    publicUrlSettings,
    mailSettings,
    leaseSettings,
    processSettings,
  ],
  own: {
    gatewayName: text(NAME.pattern, {
      description: "Unique name of this gateway",
      accepts: NAME.accepts,
      defaultText: "host name and HTTP port",
      fallback: ({ httpPort, httpsPort }) => `${machineName()}-${httpPort === "off" ? httpsPort : httpPort}`,
    }),
    site: optionalText(NAME.pattern, {
      description: "Name of the site of this gateway; its events have it as attribute `site`",
      accepts: NAME.accepts,
    }),
    trustedProxies,
    tpedmClients,
    signUp: choice(
      ["off", "invited", "open"],
      "off",
      "Who may sign up by themselves, which needs mails: nobody, people who were invited, or everybody, each with an account of their own",
    ),
    maxPayloadBytes: size("256KiB", ["1KiB", "4MiB"], "Largest MQTT packet, WebSocket message or HTTP body"),
    maxConnections: integer(100_000, [1, 1_000_000], "Devices connected to this gateway at a time"),
    pendingConnections: integer(
      16_384,
      [16, 1_000_000],
      "Connections that have not logged in, TLS handshakes included; one address may have half of them",
    ),
    httpConnections: integer(4_096, [16, 1_000_000], "Connections of HTTP; one address may have half of them"),
    deviceRate: integer(
      1_000,
      [1, 1_000_000],
      "Events a second that one device may send on average: each item of a list of telemetry counts, and so does any other message",
    ),
    deviceBurst: integer(
      2_000,
      [1, 1_000_000],
      "Events that one device may send at once, counted as for FLEETLOG_DEVICE_RATE",
    ),
    deviceByteRate,
    deviceByteBurst: size("8MiB", ["64KiB", "64GiB"], "Bytes that one device may send at once"),
    deviceLogins: integer(30, [1, 100_000], "Times that one device may log in within a minute; more are refused"),
    loginTimeout: duration("10s", ["100ms", "5m"], "How long a connection may take to log in"),
    pingInterval: duration("30s", ["100ms", "1h"], "Silence after which a WebSocket device is pinged"),
    appendWindow: integer(4_096, [1, 65_536], "Appends under way that the log has not yet acknowledged"),
    appendWindowBytes: size(
      "16MiB",
      ["64KiB", "1GiB"],
      "Bytes of appends that the log has not yet acknowledged; a gateway that reaches this limit or FLEETLOG_APPEND_WINDOW stops reading",
    ),
    artifactMaxBytes: size("4GiB", ["1KiB", "64TiB"], "Largest artifact that may be uploaded"),
    artifactAccountBytes: size("64TiB", ["1KiB", "64TiB"], "Bytes of all artifacts of one account"),
    downloads: integer(
      256,
      [1, 100_000],
      "Artifacts and exports that are downloaded from this gateway at a time, at most half of them by one person or device; more are refused, with a time to wait",
    ),
    downloadRate: size("16MiB", ["1KiB", "1TiB"], "Bytes a second of one download"),
    downloadTotalRate: size("64MiB", ["1KiB", "1TiB"], "Bytes a second of all downloads from this gateway together"),
    commandDeadline: duration("1h", ["1s", "365d"], "Deadline of a command that names none"),
  },
  checks: [
    portsApart,
    operatorsCanConnect,
    dialectPortsNeedTls,
    needs("oidcIssuer", "publicUrl"),
    ({ signUp, mailFrom }) =>
      signUp === "open" && mailFrom === undefined
        ? "FLEETLOG_SIGN_UP is open, which needs mails; set FLEETLOG_SMTP_URL and FLEETLOG_MAIL_FROM"
        : undefined,
  ],
});
export type GatewaySettings = SettingsOf<typeof gatewaySettings>;

function machineName(): string {
  const plain = hostname()
    .replaceAll(/[^A-Za-z0-9_-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "");
  return plain.slice(0, 50) || "gateway";
}
