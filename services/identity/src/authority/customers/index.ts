export { type AuthorityCertificate, mustPossess, type Possession, readAuthority, spkiOf } from "./certificate.ts";
export {
  CustomerAuthorities,
  type CustomerAuthoritiesOptions,
  type DeviceOfAccount,
  type IsMember,
  type KnownAuthority,
} from "./customer-authorities.ts";
export { readRevocationList } from "./revocations.ts";
export type { FoundAuthority } from "./store.ts";
