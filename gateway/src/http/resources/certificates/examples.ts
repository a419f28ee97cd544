const pem = "-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n";
const code = "fl-mjq1x2k0-9nq5cS0tY1y1q4m0xq0d9c7m2o8r3v6b1n5k7j2h4g0";

const AUTHORITY = {
  id: "9c1d6f0e3c1a4a539d0e6a4f6c1b2d11",
  name: "Plant north",
  account: "main",
  group: "roof",
  subject: "CN=Plant north CA",
  fingerprint: "5f0c6f3e7c1a9c557a1b2c3d4e5f60715f0c6f3e7c1a9c557a1b2c3d4e5f6071",
  notAfter: "2036-01-31T12:00:00.000Z",
  certificate: pem,
  addedAt: "2026-01-30T08:00:00.000Z",
  addedBy: "admin",
  list: { revoked: 2, thisUpdate: "2026-01-30T08:00:00.000Z", nextUpdate: "2026-02-28T08:00:00.000Z" },
};

const ISSUING = {
  subject: "CN=Plant devices",
  fingerprint: AUTHORITY.fingerprint,
  notAfter: "2036-01-31T12:00:00.000Z",
  state: "accepted",
  until: "2027-01-30T08:00:00.000Z",
};
export const ISSUING_AUTHORITY_EXAMPLES = {
  IssuingAuthority: ISSUING,
  IssuingAuthorityList: { items: [ISSUING], next: null, total: 1 },
};

export const CERTIFICATE_AUTHORITY_EXAMPLES = {
  CertificateAuthority: AUTHORITY,
  AuthorityList: { items: [AUTHORITY], next: null, total: 1 },
  AddAuthority: { name: AUTHORITY.name, certificate: pem, code, verification: pem, group: "roof" },
  RegistrationCode: { code, expiresAt: "2026-01-31T08:00:00.000Z" },
};

const certificate = { serial: "5f0c6f3e7c1a9c557a1b2c3d4e5f6071", notAfter: "2027-01-31T12:00:00.000Z" };

export const CERTIFICATE_EXAMPLES = {
  IssueCertificate: {
    csr: "-----BEGIN CERTIFICATE REQUEST-----\nMIHG…\n-----END CERTIFICATE REQUEST-----\n",
  },
  IssuedCertificate: { ...certificate, certificate: pem, ca: pem },
  DeviceCertificates: {
    items: [{ ...certificate, issuer: "CN=Fleetlog devices 1f2e3d4c" }],
    next: null,
    total: 1,
  },
};
