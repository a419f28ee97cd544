import type { EnrolmentSecrets, MessageSigner, ProvisionLogins } from "@fleetlog/identity";
import type { ProvisionEndpoints } from "@fleetlog/protocol";

/** Dependencies of the use cases about provisioning. */
export interface Provisioner {
  readonly logins: ProvisionLogins;
  readonly enrolments: EnrolmentSecrets;
  /** Keyed hash of a claim code: its id. */
  readonly claimCodeId: (normal: string) => string;
  /** Signs the replies to provisioning devices. */
  readonly signer: MessageSigner;
  /** How devices reach this installation. */
  readonly endpoints: () => ProvisionEndpoints;
}
