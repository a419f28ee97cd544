import { type SessionCredential, shortened } from "@fleetlog/domain";
import { openSession, type Writer } from "@fleetlog/fleet";
import type { DeviceProof } from "@fleetlog/identity";
import type { DeviceConnection } from "../connection.ts";
import type { SessionContext } from "../context.ts";

export interface OpenRequest {
  readonly device: string;
  readonly proof: DeviceProof;
  readonly connection: DeviceConnection;
}

/** Characters of an authority's name in SessionOpened. */
const MAX_ISSUER = 256;

/** Appends SessionOpened. */
export function recordOpening(
  writer: Writer,
  { device, proof, connection }: OpenRequest,
  { name: gateway, incarnation }: Pick<SessionContext["node"], "name" | "incarnation">,
) {
  const { protocol, version, address, keepAliveSeconds } = connection;
  const data = {
    device,
    gateway,
    incarnation,
    protocol,
    version,
    address,
    ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
    ...credentialOf(proof),
  };
  return openSession({ writer }, data);
}

/** How SessionOpened names the credential. */
function credentialOf(proof: DeviceProof): { readonly credential?: SessionCredential } {
  if (proof.by === "token") return { credential: { by: "token", id: String(proof.revision) } };
  if (proof.by === "login") return { credential: { by: "login", id: proof.id } };
  if (proof.by === "admission") return { credential: { by: "admission" } };
  const { issuer, serial } = proof;
  if (issuer === undefined || serial === undefined) return {};
  return { credential: { by: "certificate", issuer: shortened(issuer, MAX_ISSUER), serial } };
}
