import { X509Certificate } from "node:crypto";
import { FleetError, invalid } from "@fleetlog/domain";
import { type Authority, type AuthorityCertificate, type CustomerAuthorities, spkiOf } from "@fleetlog/identity";
import { CONNECTION_FILTERS } from "@fleetlog/protocol";
import type { Fleet } from "../dependencies/fleet.ts";

/** @throws FleetError `authority-exists` for an authority that the whole installation trusts, or has withdrawn */
export async function mustBeOfCustomer(
  authority: Pick<Authority, "chain" | "trusted" | "withdrawn">,
  authorities: Pick<CustomerAuthorities, "isOfInstallation">,
  { certificate }: AuthorityCertificate,
): Promise<void> {
  const issuers = [...(await authority.trusted()), ...(await authority.withdrawn())];
  const issuing = issuers.map((one) => one.certificate);
  const own = [...issuing, ...pemsIn(await authority.chain())].map((pem) => new X509Certificate(pem));
  const key = spkiOf(certificate.publicKey);
  const isOwn = own.some(
    (one) => one.subject === certificate.subject || spkiOf(one.publicKey).equals(key) || certificate.checkIssued(one),
  );
  if (!isOwn && !authorities.isOfInstallation(certificate)) return;
  throw new FleetError("authority-exists", "this is an authority of the installation", { field: "certificate" });
}

/** @throws FleetError `group-unknown`; `invalid-request` for a group whose filter depends on the connection */
export async function mustBeLimiting({ views }: Pick<Fleet, "views">, name: string, account: string): Promise<void> {
  const group = await views.query("groups.get", { name, account }, { whenAway: "wait" });
  if (group === null) throw new FleetError("group-unknown", `there is no group ${name}`, { field: "group" });
  const moving = CONNECTION_FILTERS.find((filter) => group.filter[filter] !== undefined);
  if (moving !== undefined) throw invalid("group", `the group's filter ${moving} changes with each connection`);
}

function pemsIn(chain: string): string[] {
  return chain.split(/(?<=-----END CERTIFICATE-----\n)/);
}
