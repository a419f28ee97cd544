import { byRequest, type ProvisionRequest } from "@fleetlog/domain";
import type { Fleet } from "../dependencies/fleet.ts";

/** Who has given a request's device what it logs in with. */
export interface Given {
  /** Somebody else has replaced the device's token since the request's newest reply. */
  readonly otherToken: boolean;
  /** Serials of the request's certificates, and of those that the device has renewed them to. */
  readonly certificates: ReadonlySet<string>;
}

/** @param acceptedSeq of the request's newest reply */
export async function givenBy(
  { log }: Pick<Fleet, "log">,
  { id, device }: ProvisionRequest,
  acceptedSeq: number,
): Promise<Given> {
  const by = byRequest(id);
  const certificates = new Set<string>();
  let otherToken = false;
  for await (const { type, data, seq } of log.read({ stream: "FLEET", category: "device", entity: device.id })) {
    if (type === "DeviceTokenRotated" && data.by !== by && seq > acceptedSeq) otherToken = true;
    if (type === "DeviceCertificateIssued" && (data.by === by || certificates.has(data.renews ?? "")))
      certificates.add(data.serial);
  }
  return { otherToken, certificates };
}
