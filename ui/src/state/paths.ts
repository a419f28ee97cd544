import { basePath } from "../data/base.ts";

export const paths = {
  signIn: `${basePath}sign-in`,
  /** Target of one-time links; the fragment has `email` and `code`. */
  setPassword: `${basePath}reset`,
  signUp: `${basePath}sign-up`,
  /** Target of confirmation links, with the same fragment. */
  confirm: `${basePath}confirm`,
  forgot: `${basePath}forgot`,
  fleet: `${basePath}devices`,
  device: (id: string): string => `${basePath}devices/${encodeURIComponent(id)}`,
  commands: `${basePath}commands`,
  commandsOf: (device: string): string => `${basePath}commands?device=${encodeURIComponent(device)}`,
  command: (id: string): string => `${basePath}commands/${encodeURIComponent(id)}`,
  deviceTypes: `${basePath}device-types`,
  groups: `${basePath}groups`,
  channels: `${basePath}channels`,
  updates: `${basePath}updates`,
  catalogues: `${basePath}updates/catalogues`,
  scans: `${basePath}updates/scans`,
  profile: `${basePath}profile`,
  apiKeys: `${basePath}api-keys`,
  certificateAuthorities: `${basePath}certificate-authorities`,
  people: `${basePath}people`,
  accounts: `${basePath}accounts`,
  artifacts: `${basePath}artifacts`,
  provisionRequests: `${basePath}onboarding`,
  provisionRequest: (id: string): string => `${basePath}onboarding/requests/${encodeURIComponent(id)}`,
  enrolmentGroups: `${basePath}onboarding/enrolment-groups`,
  enrolmentGroup: (id: string): string => `${basePath}onboarding/enrolment-groups/${encodeURIComponent(id)}`,
  claimCodes: `${basePath}onboarding/claim-codes`,
  /** Target of printed codes; the fragment has `code`. */
  claim: `${basePath}onboarding/claim`,
  waiting: `${basePath}onboarding/waiting`,
  imports: `${basePath}onboarding/imports`,
  audit: `${basePath}audit`,
  changes: `${basePath}history`,
  /** @param from RFC 3339 or a FLEET sequence; @param device "": all */
  changesSince: (from: string, device = ""): string =>
    `${basePath}history?${new URLSearchParams({ from, ...(device !== "" && { device }) })}`,
  /** @param id of an event or a command */
  chain: (id: string): string => `${basePath}history/chains/${encodeURIComponent(id)}`,
  trials: `${basePath}history/trials`,
  sql: `${basePath}history/sql`,
  exports: `${basePath}history/exports`,
  gateways: `${basePath}gateways`,
  register: `${basePath}register`,
} as const;
