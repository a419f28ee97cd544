import { accountOf, FleetError, type ProvisionRequest, scopeOfPerson } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import type { Fleet } from "../fleet.ts";
import { loadProvisionRequest } from "../provisioning/load.ts";

type Dependencies = Pick<Fleet, "log" | "people" | "apiKeys" | "credentials">;

/** After these states a request's links end. One that has failed may go on, and after COMPLETED its device may still download. */
const STOPPED: ReadonlySet<ProvisionRequest["state"]> = new Set(["STOPPING", "STOPPED", "ABANDONED"] as const);

/**
 * Checks at each download that the link's maker still has access: a person, an API key, a device that is still in the
 * artifact's account, or a provision request that was neither stopped nor abandoned. Links of the administrator's token
 * only expire.
 * @param maker as in the link, such as `people/<id>`
 * @throws FleetError `forbidden`, `log-unavailable`
 */
export async function mustStillRead(fleet: Dependencies, maker: string, account: string): Promise<void> {
  const [kind, id = ""] = [maker.slice(0, maker.indexOf("/")), maker.slice(maker.indexOf("/") + 1)];
  if (await MAY_READ[kind]?.(fleet, id, account)) return;
  throw new FleetError("forbidden", "whoever made this link has lost access to the artifact", {
    advice: "Ask for a new link.",
  });
}

const MAY_READ: Readonly<Record<string, (fleet: Dependencies, id: string, account: string) => Promise<boolean>>> = {
  people: mayPersonRead,
  devices: mayDeviceRead,
  "provision-requests": mayRequestRead,
};

async function mayDeviceRead({ log, credentials }: Dependencies, id: string, account: string): Promise<boolean> {
  if ((await credentials.statusOf(id)) !== "valid") return false;
  const last = await log.last("device", id);
  return last !== undefined && accountOf(last) === account;
}

async function mayRequestRead(fleet: Dependencies, id: string): Promise<boolean> {
  const request = await loadProvisionRequest(fleet, id);
  return request !== undefined && !STOPPED.has(request.state);
}

async function mayPersonRead({ log, people, apiKeys }: Dependencies, id: string, account: string): Promise<boolean> {
  // The administrator's token has no events of a person.
  if ((await log.last("person", id)) === undefined) return true;
  const access = await people.accessOf(id);
  const person =
    access === undefined
      ? await apiKeys.verifyId(id)
      : ({ kind: "person", id, name: id, role: access.role, scope: scopeOfPerson(access) } as const);
  // Artifacts have no tags.
  if (person === undefined || person.scope?.tags !== undefined) return false;
  try {
    authorize(person, "artifact.read", { kind: "account", id: account });
    return true;
  } catch (error) {
    if (error instanceof FleetError) return false;
    throw error;
  }
}
