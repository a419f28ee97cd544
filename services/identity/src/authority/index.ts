export {
  type Authority,
  type AuthorityOptions,
  type CertificateKey,
  certificateAuthority,
  type GivenAuthority,
  givenAuthority,
  type IssuedCertificate,
  type NewCertificate,
  type ServerCertificate,
  subjectOf,
} from "./authority.ts";
export * from "./customers/index.ts";
export { KEY_TYPES, type KeyType } from "./keys.ts";
export { type MessageSigner, messageSigner } from "./message-signer.ts";
export { answerServers, authorityOverBus } from "./over-bus.ts";
export { OwnServerCertificates } from "./own-server-certificates.ts";
