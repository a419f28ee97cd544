import { causedBy, deviceDecider, FleetError, invalid } from "@fleetlog/domain";
import type { CertificateKey, IssuedCertificate, NewCertificate } from "@fleetlog/identity";
import { allowOnDevice } from "../allow.ts";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { type Done, decideOn, mustStillBeInScope } from "../devices/decide.ts";
import { sendLiveMessage } from "../live-message.ts";
import { butEnded } from "../not-recorded.ts";
import { newId } from "../repeated.ts";
import { loadFromLog } from "../writer/load.ts";

type Certificates = Pick<Fleet, "log" | "bus" | "writer" | "views" | "credentials" | "authority">;

/**
 * Issues a client certificate for a device. The event comes before the certificate is valid: an unrecorded valid
 * certificate would be access that nobody sees. If an earlier run of the same request was interrupted, its certificate is
 * revoked: only the lost answer had the key.
 * @throws FleetError `invalid-request`, `limit-reached`, `device-unknown`, `device-retired`, `conflict`,
 * `log-unavailable`, `log-full`; errors of `allowOnDevice`
 */
export async function issueCertificate(
  fleet: Certificates,
  caller: Caller,
  device: string,
  key: CertificateKey,
  atLeast = 0,
): Promise<Done & { readonly issued: NewCertificate }> {
  await allowOnDevice(fleet, caller, "certificate.issue", device, atLeast);
  const author = await endEarlierRuns(fleet, caller, device);
  await fleet.credentials.mustHaveRoom(device);
  const issued = await fleet.authority.issue(device, key);
  const { serial, issuer, notAfter } = issued;
  const { lastSeq } = await decideOn(fleet, author, device, {
    type: "IssueCertificate",
    by: caller.by,
    serial,
    issuer,
    notAfter,
  });
  if (!(await fleet.credentials.addCertificate(device, issued))) {
    throw new FleetError("device-retired", `device ${device} has no valid credentials`, {
      advice: "Register it again, or give it a new token first.",
    });
  }
  return { seq: lastSeq, issued };
}

/** Revokes the certificates of earlier runs of the request. Resolves with the caller for the event of this run. */
async function endEarlierRuns(fleet: Certificates, caller: Caller, device: string): Promise<Caller> {
  if (caller.repeatable === undefined) return caller;
  const issued = new Map<string, IssuedCertificate>();
  const revoked = new Set<string>();
  for await (const event of fleet.log.read({ stream: "FLEET", category: "device", entity: device })) {
    if (event.type === "DeviceCertificateIssued") issued.set(event.id, event.data);
    if (event.type === "DeviceCertificateRevoked") revoked.add(event.data.serial);
  }
  for (let run = 1; ; run++) {
    const eventId = newId(caller, `certificate ${run}`);
    const earlier = issued.get(eventId);
    if (earlier === undefined) return { ...caller, eventId };
    if (!revoked.has(earlier.serial)) {
      await revoke(fleet, { ...caller, eventId: newId(caller, `end of certificate ${run}`) }, device, earlier);
    }
  }
}

/** @throws FleetError `log-unavailable`; errors of `allowOnDevice` */
export async function certificatesOf(
  fleet: Pick<Fleet, "views" | "log" | "credentials">,
  caller: Caller,
  device: string,
): Promise<readonly IssuedCertificate[]> {
  await allowOnDevice(fleet, caller, "certificate.read", device);
  return fleet.credentials.certificates(device);
}

/**
 * Revokes one certificate. Access ends first, even if the log then refuses the event; a repeated call records the
 * event.
 * @throws FleetError `certificate-unknown`, `device-unknown`, `device-retired`, `conflict`, `log-unavailable`,
 * `log-full`; errors of `allowOnDevice`
 */
export async function revokeCertificate(
  fleet: Certificates,
  caller: Caller,
  device: string,
  given: string,
): Promise<Done> {
  await allowOnDevice(fleet, caller, "certificate.revoke", device);
  const serial = given.toLowerCase();
  if (!/^[0-9a-f]{1,40}$/.test(serial)) throw invalid("serial", "a serial has 1 to 40 hexadecimal digits");
  const valid = (await fleet.credentials.certificates(device)).find((one) => one.serial === serial);
  const certificate = valid ?? (await issuedWith(fleet, device, serial));
  if (certificate === undefined) throw unknownCertificate(device, serial);
  mustStillBeInScope(caller, device, (await loadFromLog(fleet.log, deviceDecider, "device", device)).state);
  return revoke(fleet, caller, device, certificate);
}

async function revoke(
  fleet: Certificates,
  caller: Caller,
  device: string,
  { serial, issuer, notAfter }: IssuedCertificate,
): Promise<Done> {
  const { credentials, authority, bus } = fleet;
  await authority.listRevoked([{ serial, issuer, notAfter }]);
  await credentials.removeCertificate(device, serial);
  sendLiveMessage(bus, device, "credential", {});
  const command = { type: "RevokeCertificate", by: caller.by, serial, issuer, notAfter } as const;
  const { lastSeq, event } = await decideOn(fleet, caller, device, command).catch(
    butEnded(`The certificate ${serial} is not accepted any more`),
  );
  if (event === undefined) throw unknownCertificate(device, serial);
  sendLiveMessage(bus, device, "credential", causedBy(event));
  return { seq: lastSeq };
}

/** Reads a certificate from its issuing event. The certificate may never have become valid, or have expired already. */
async function issuedWith(
  { log }: Certificates,
  device: string,
  serial: string,
): Promise<IssuedCertificate | undefined> {
  for await (const event of log.read({ stream: "FLEET", category: "device", entity: device })) {
    if (event.type === "DeviceCertificateIssued" && event.data.serial === serial) return event.data;
  }
  return undefined;
}

function unknownCertificate(device: string, serial: string): FleetError {
  return new FleetError("certificate-unknown", `${device} has no certificate ${serial} that is not revoked`, {
    field: "serial",
  });
}
