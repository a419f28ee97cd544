import type { EnrolmentAuthorities, EnrolmentSecrets, MessageSigner, ProvisionLogins } from "@fleetlog/identity";
import type { ProvisionEndpoints } from "@fleetlog/protocol";

export interface Provisioner {
  readonly logins: ProvisionLogins;
  readonly enrolments: EnrolmentSecrets;
  readonly enrolmentAuthorities: EnrolmentAuthorities;
  /** The id of a normalised claim code: a keyed hash. */
  readonly claimCodeId: (normal: string) => string;
  readonly signer: MessageSigner;
  readonly endpoints: () => ProvisionEndpoints;
}
