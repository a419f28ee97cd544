import { admitsDevice } from "@fleetlog/domain";
import type { LostEntry, ProvisionLogin } from "@fleetlog/identity";
import type { Fleet } from "../dependencies/fleet.ts";
import { loadProvisionRequest } from "./load.ts";

/**
 * Maximum number of search results that are compared with the log-in. There may be several, because the search also finds
 * requests with the client id as a part of a longer one.
 */
const LOOKED_AT = 100;

/**
 * Why a device with the names of an open provision request is refused, if the store has lost the request's log-in.
 * @param maySearch called before a search of the open requests
 * @throws FleetError `view-unavailable` without a projector
 */
export async function lostProvisionLogin(
  fleet: Pick<Fleet, "log" | "views" | "provisioner">,
  login: ProvisionLogin,
  now: number,
  maySearch: () => boolean,
): Promise<LostEntry | undefined> {
  const { clientId, userName } = login;
  if (!clientId.isWellFormed() || !userName.isWellFormed() || clientId.length > 128) return undefined;
  if ((await fleet.provisioner.logins.holderOf(login)) !== undefined || !maySearch()) return undefined;
  const query = { open: true, search: clientId, limit: LOOKED_AT };
  for (const found of (await fleet.views.query("provisionRequests.list", query)).items) {
    if (found.clientId !== clientId || found.userName !== userName) continue;
    const request = await loadProvisionRequest(fleet, found.id);
    if (request === undefined || !admitsDevice(request, now)) continue;
    return {
      id: request.id,
      why: "the provision request lets its device in, but the store of its password (KV_provisioning) has lost it; stop the request and make a new one, or restore a backup",
    };
  }
  return undefined;
}
