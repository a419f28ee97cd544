import { FleetError } from "@fleetlog/domain";
import type { NewCertificate } from "@fleetlog/identity";
import type { ProvisionPayload } from "@fleetlog/protocol";
import type { Caller } from "../caller.ts";
import { decideOn } from "../devices/decide.ts";
import type { Fleet } from "../fleet.ts";
import { sendLiveMessage } from "../live-message.ts";

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "credentials" | "authority">;

export interface CredentialWish {
  readonly device: string;
  readonly account: string;
  /** The device keeps its key and gets a certificate; without it, it gets a token. */
  readonly csr?: string | undefined;
  /** Another name that the signing request may have, such as the client id. */
  readonly orNamed?: string;
  /** It has had no credential before. */
  readonly first?: boolean;
}

/** A credential that is valid, and that nobody has but this process until the reply is sent. */
export interface GivenCredential {
  readonly credential: ProvisionPayload["credential"];
  /** Serial of the certificate. */
  readonly serial: string | undefined;
}

/**
 * Gives a registered device its first credential, or another one in place of those that it has: these end at once, with
 * their sessions. From then on what the device is sent is signed.
 * @param record appends the event that says so, before the credential is valid
 * @throws FleetError `invalid-request` for a signing request that is refused; errors of `record`; `log-unavailable`
 */
export async function giveCredential(
  fleet: Dependencies,
  caller: Caller,
  { device, account, csr, orNamed, first = false }: CredentialWish,
  record: (serial: string | undefined) => Promise<unknown>,
): Promise<GivenCredential> {
  const { credentials, authority, bus } = fleet;
  const issued = csr === undefined ? undefined : await authority.issue(device, { csr, ...(orNamed && { orNamed }) });
  const { token, ended } = await credentials.provision(device, account);
  await authority.listRevoked(ended);
  sendLiveMessage(bus, device, "credential", {});
  await record(issued?.serial);
  if (issued === undefined) {
    if (!first) await decideOn(fleet, caller, device, { type: "RotateToken", by: caller.by });
    return { credential: { token }, serial: undefined };
  }
  await addCertificate(fleet, caller, device, issued);
  return { credential: { certificate: issued.certificate, ca: issued.ca }, serial: issued.serial };
}

async function addCertificate(
  fleet: Dependencies,
  caller: Caller,
  device: string,
  issued: NewCertificate,
): Promise<void> {
  const { serial, issuer, notAfter } = issued;
  await decideOn(fleet, caller, device, { type: "IssueCertificate", by: caller.by, serial, issuer, notAfter });
  if (await fleet.credentials.addCertificate(device, issued)) return;
  throw new FleetError("conflict", `device ${device} was retired meanwhile`, { advice: "Ask again." });
}
