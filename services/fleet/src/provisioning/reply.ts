import type { JsonObject, ProvisionBundle } from "@fleetlog/domain";
import type { ProvisionedBundle, ProvisionPayload } from "@fleetlog/protocol";
import { findArtifact } from "../artifacts/find.ts";
import type { Fleet } from "../fleet.ts";

/** Lifetime of the links to bundles. A repeated reply has new links. */
const DOWNLOAD_MS = 4 * 3_600_000;

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
  const expires = Math.ceil((now + DOWNLOAD_MS) / 1_000);
  const linked = bundles.map(async ({ name, version, artifact }): Promise<ProvisionedBundle> => {
    const id = { account, ...artifact };
    const { sha256, size } = await findArtifact(fleet, id);
    const path = fleet.artifacts.links.sign({ ...id, for: `provision-requests/${request}`, expires });
    return { name, version, url: endpoints.http.replace(/\/+$/, "") + path, sha256, size };
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
