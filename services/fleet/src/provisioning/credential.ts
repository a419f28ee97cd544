import { FleetError } from "@fleetlog/domain";
import type { NewCertificate, ProvisioningSessionId } from "@fleetlog/identity";
import type { ProvisionPayload } from "@fleetlog/protocol";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { alignCredential } from "../devices/credential.ts";
import { decideOn } from "../devices/decide.ts";
import { sendLiveMessage } from "../live-message.ts";

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "credentials" | "authority">;

export interface CredentialWish {
  readonly device: string;
  readonly account: string;
  /** Signing request for a certificate; without it the device gets a token. */
  readonly csr?: string | undefined;
  /** A second name that the signing request may have, such as the client id. */
  readonly orNamed?: string;
  readonly first?: boolean;
  /** Revision of the present credential, read when the device asked. */
  readonly since: number;
  /** The provisioning session in which the device asks. */
  readonly session?: ProvisioningSessionId | undefined;
}

/** A valid credential, which only this process has until the reply is sent. */
export interface GivenCredential {
  readonly credential: ProvisionPayload["credential"];
  readonly serial: string | undefined;
}

/**
 * Gives a registered device a new credential, and ends the earlier ones with their sessions. From then on messages to
 * the device are signed.
 * @param record appends the event of the reply, before anybody gets the credential
 * @throws FleetError `invalid-request` for a refused signing request; `conflict` if the device has got another credential
 * since, or was retired; `session-superseded` if a later session has got one; errors of `record`; `log-unavailable`
 */
export async function giveCredential(
  fleet: Dependencies,
  caller: Caller,
  { device, account, csr, orNamed, first = false, since, session }: CredentialWish,
  record: (serial: string | undefined) => Promise<unknown>,
): Promise<GivenCredential> {
  const { credentials, authority, bus } = fleet;
  const issued = csr === undefined ? undefined : await authority.issue(device, { csr, ...(orNamed && { orNamed }) });
  const provisioned = await credentials.provision(device, account, since, { session });
  // For example, another connection of the device has asked meanwhile, and may have its reply already.
  if (provisioned === undefined)
    throw new FleetError("conflict", `the credentials of device ${device} were changed meanwhile`);
  const { token, ended } = provisioned;
  await authority.listRevoked(ended);
  sendLiveMessage(bus, device, "credential", {});
  await record(issued?.serial);
  if (issued === undefined) {
    if (!first) await decideOn(fleet, caller, device, { type: "RotateToken", by: caller.by });
    await alignCredential(fleet, device);
    return { credential: { token }, serial: undefined };
  }
  await addCertificate(fleet, caller, device, issued, token);
  await alignCredential(fleet, device);
  return { credential: { certificate: issued.certificate, ca: issued.ca }, serial: issued.serial };
}

async function addCertificate(
  fleet: Dependencies,
  caller: Caller,
  device: string,
  issued: NewCertificate,
  token: string,
): Promise<void> {
  const { serial, issuer, notAfter } = issued;
  await decideOn(fleet, caller, device, { type: "IssueCertificate", by: caller.by, serial, issuer, notAfter });
  // The request may have been stopped since, or the device retired or given another token.
  if (await fleet.credentials.addCertificate(device, issued, token)) return;
  throw new FleetError("conflict", `the new credential of device ${device} was ended or replaced meanwhile`, {
    advice: "Ask again.",
  });
}
