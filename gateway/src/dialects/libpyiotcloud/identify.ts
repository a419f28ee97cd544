import { FleetError } from "@fleetlog/domain";
import type { IdentityConvention } from "@fleetlog/identity";

const ID = /^[0-9a-f]{40}$/;

const NO_CERTIFICATE =
  "no client certificate was shown: a device with such a client id and another user name needs one, on the MQTT port with TLS";

/**
 * Only the client certificate identifies these devices. They all send the same user name and password, which are
 * ignored. Other log-ins with a certificate are native.
 * @throws FleetError `unauthenticated` for such a log-in without a certificate. It may be another dialect's, by its names.
 */
export const byCertificate: IdentityConvention = ({ clientId, userName, certificate, listener }) => {
  if (listener !== undefined || clientId === undefined || !ID.test(clientId)) return undefined;
  if (userName === undefined || userName === clientId) return undefined;
  if (certificate === undefined) throw new FleetError("unauthenticated", NO_CERTIFICATE);
  if (certificate.commonName !== clientId) return undefined;
  const { serial, issuer, own, ...more } = certificate;
  const isWhole = serial !== undefined && issuer !== undefined && own !== undefined;
  const { commonName: _, ...others } = more;
  return {
    device: clientId,
    dialect: "libpyiotcloud",
    login: clientId,
    credential: { by: "certificate", ...(isWhole && { certificate: { ...others, serial, issuer, own } }) },
  };
};
