export {
  type Authority,
  type AuthorityOptions,
  type CertificateKey,
  certificateAuthority,
  type IssuedCertificate,
  type NewCertificate,
  type ServerCertificate,
} from "./authority.ts";
export * from "./customers/index.ts";
export { type GivenAuthority, givenAuthority } from "./given.ts";
export { KEY_TYPES, type KeyType } from "./keys.ts";
export { type MessageSigner, messageSigner } from "./message-signer.ts";
export { subjectOf } from "./names.ts";
export { answerServers, authorityOverBus } from "./over-bus.ts";
export { OwnServerCertificates } from "./own-server-certificates.ts";
export { mayHaveAuthoritiesBelow } from "./path-length.ts";
export type { Issuing, Succession, TrustedIssuer } from "./succession.ts";
