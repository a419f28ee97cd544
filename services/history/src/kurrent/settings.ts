import {
  hostSettings,
  optionalPort,
  publicUrlSettings,
  type SettingsOf,
  serverCertificateSettings,
  slice,
} from "@fleetlog/runtime/node";

export const kurrentSettings = slice({
  uses: [hostSettings, publicUrlSettings, serverCertificateSettings],
  own: {
    kurrentPort: optionalPort(
      "Port of the historian for clients of KurrentDB, by TLS and with an API key; closed without it",
    ),
  },
  checks: [
    ({ kurrentPort, tls, tlsCert }) =>
      kurrentPort !== undefined && tls === "off" && tlsCert === undefined
        ? "FLEETLOG_KURRENT_PORT is given without TLS, and clients send their key only by TLS; give FLEETLOG_TLS=auto, or FLEETLOG_TLS_CERT and FLEETLOG_TLS_KEY"
        : undefined,
  ],
});
export type KurrentSettings = SettingsOf<typeof kurrentSettings>;
