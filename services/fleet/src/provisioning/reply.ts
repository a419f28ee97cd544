import type { JsonObject, ProvisionBundle } from "@fleetlog/domain";
import type { ProvisionedBundle, ProvisionPayload } from "@fleetlog/protocol";
import { downloadFor } from "../artifacts/downloads.ts";
import type { Fleet } from "../dependencies/fleet.ts";

export interface ReplyContent {
  readonly request: string;
  readonly account: string;
  readonly device: string;
  readonly credential: ProvisionPayload["credential"];
  readonly configuration?: JsonObject | undefined;
  readonly bundles?: readonly ProvisionBundle[];
}

/**
 * The signed reply to a provisioning device: its credential, the endpoints, and what to install.
 * @throws FleetError `artifact-unknown`, `log-unavailable`
 */
export async function provisionReply(
  fleet: Pick<Fleet, "log" | "artifacts" | "provisioner">,
  { request, account, device, credential, configuration, bundles = [] }: ReplyContent,
  now: number,
): Promise<{ readonly jws: string }> {
  const endpoints = fleet.provisioner.endpoints();
  const linked = bundles.map(async ({ name, version, artifact }): Promise<ProvisionedBundle> => {
    // A repeated reply has new links.
    const download = await downloadFor(fleet, { account, ...artifact }, `provision-requests/${request}`, now);
    return { name, version, ...download };
  });
  const payload: ProvisionPayload = {
    request,
    issuedAt: new Date(now).toISOString(),
    device,
    endpoints,
    credential,
    ...(configuration !== undefined && { configuration }),
    bundles: await Promise.all(linked),
  };
  return { jws: await fleet.provisioner.signer.sign(payload) };
}
