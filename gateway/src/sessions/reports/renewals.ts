import { FleetError } from "@fleetlog/domain";
import { renewCertificate } from "@fleetlog/fleet";
import type { DeviceProof } from "@fleetlog/identity";
import type { RenewedCertificate } from "@fleetlog/protocol";
import type { DeviceConnection } from "../connection.ts";
import type { SessionContext } from "../context.ts";
import { isFinal } from "./refusals.ts";

interface Holder {
  readonly device: string;
  readonly account: string;
  readonly proof: DeviceProof;
}

/** Issues a successor of the certificate that the device logged in with. @throws FleetError */
export async function renewFor(
  { backbone, credentials, authority, writer }: SessionContext,
  holder: Holder,
  csr: string,
): Promise<RenewedCertificate> {
  const from = writer.of(holder.account).from(`/devices/${holder.device}`);
  const fleet = { log: backbone.log, writer: from, credentials, authority };
  const { certificate, ca } = await renewCertificate(fleet, holder, csr);
  return { certificate, ca };
}

/**
 * Sends the certificate once it is valid. After a temporary failure, sends nothing, so the device asks again.
 * @throws FleetError
 */
export async function answerRenewal(
  context: SessionContext,
  holder: Holder,
  connection: DeviceConnection,
  csr: string | FleetError,
): Promise<number> {
  try {
    if (typeof csr !== "string") throw csr;
    void connection.certificate?.(await renewFor(context, holder, csr));
    return 0;
  } catch (error) {
    if (error instanceof FleetError && isFinal(error)) {
      const { code, message } = error;
      void connection.certificate?.({ error: { code, message } });
    }
    throw error;
  }
}
