import { hostSettings, optionalPort, type SettingsOf, serverCertificateSettings, slice } from "@fleetlog/runtime/node";

export const kurrentSettings = slice({
  uses: [hostSettings, serverCertificateSettings],
  own: {
    kurrentPort: optionalPort(
      "Port for clients of KurrentDB, by TLS with FLEETLOG_TLS_CERT and an API key; closed without it",
    ),
  },
  checks: [
    ({ kurrentPort, tlsCert }) =>
      kurrentPort !== undefined && tlsCert === undefined
        ? "FLEETLOG_KURRENT_PORT is given without FLEETLOG_TLS_CERT; give FLEETLOG_TLS_CERT and FLEETLOG_TLS_KEY, since clients send their key only by TLS"
        : undefined,
  ],
});
export type KurrentSettings = SettingsOf<typeof kurrentSettings>;
