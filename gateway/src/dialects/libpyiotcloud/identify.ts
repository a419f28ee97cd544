import type { IdentityConvention } from "@fleetlog/identity";

const ID = /^[0-9a-f]{40}$/;

/**
 * Only the client certificate identifies these devices. They all send the same user name and password, which are
 * ignored. Other log-ins with a certificate are native.
 */
export const byCertificate: IdentityConvention = ({ clientId, userName, certificate, listener }) => {
  if (certificate === undefined || listener !== undefined || clientId === undefined || !ID.test(clientId))
    return undefined;
  if (userName === undefined || userName === clientId || certificate.commonName !== clientId) return undefined;
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
