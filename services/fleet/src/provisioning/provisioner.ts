import type { EnrolmentSecrets, MessageSigner, ProvisionLogins } from "@fleetlog/identity";
import type { ProvisionEndpoints } from "@fleetlog/protocol";

/** Dependencies for provisioning. */
export interface Provisioner {
  readonly logins: ProvisionLogins;
  readonly enrolments: EnrolmentSecrets;
  /** The id of a normalised claim code: a keyed hash. */
  readonly claimCodeId: (normal: string) => string;
  /** Signs the replies to provisioning devices. */
  readonly signer: MessageSigner;
  /** Addresses for devices. */
  readonly endpoints: () => ProvisionEndpoints;
}
