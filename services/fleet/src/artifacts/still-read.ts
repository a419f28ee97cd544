import {
  accountOf,
  FleetError,
  type Person,
  type ProvisionRequest,
  provisioningDecider,
  scopeOfPerson,
} from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import type { Fleet } from "../dependencies/fleet.ts";
import { loadFromLog } from "../writer/load.ts";

type Dependencies = Pick<Fleet, "log" | "people" | "apiKeys" | "credentials">;

/**
 * In these states a request's links have ended. Failed and completed requests keep their links, because a failed one
 * may be tried again, and the device of a completed one may still download.
 */
const STOPPED: ReadonlySet<ProvisionRequest["state"]> = new Set(["STOPPING", "STOPPED", "ABANDONED"] as const);

/**
 * Checks at each download that the link's maker still has access. The maker is a person, an API key, a device, which
 * must still be in the artifact's account, or a provision request, which must not be stopped or abandoned. A link that
 * was made with the administrator's token is valid until it expires.
 * @param maker as in the link, such as `people/<id>`
 * @returns the maker; for an API key its person
 * @throws FleetError `forbidden`, `log-unavailable`
 */
export async function mustStillRead(fleet: Dependencies, maker: string, account: string): Promise<string> {
  const [kind, id = ""] = [maker.slice(0, maker.indexOf("/")), maker.slice(maker.indexOf("/") + 1)];
  const reader = await READERS[kind]?.(fleet, id, account);
  if (reader !== undefined) return `${kind}/${reader}`;
  throw new FleetError("forbidden", "whoever made this link has lost access to the artifact", {
    advice: "Ask for a new link.",
  });
}

/** Resolves with the reader's id, or with undefined if the reader has lost access. */
type Reader = (fleet: Dependencies, id: string, account: string) => Promise<string | undefined>;

const READERS: Readonly<Record<string, Reader>> = {
  people: readingPerson,
  devices: readingDevice,
  "provision-requests": readingRequest,
};

async function readingDevice({ log, credentials }: Dependencies, id: string, account: string) {
  if ((await credentials.statusOf(id)) !== "valid") return undefined;
  const last = await log.last("device", id);
  return last !== undefined && accountOf(last) === account ? id : undefined;
}

async function readingRequest({ log }: Dependencies, id: string) {
  const { state: request } = await loadFromLog(log, provisioningDecider, "provisioning", id);
  return request === undefined || STOPPED.has(request.state) ? undefined : id;
}

async function readingPerson({ log, people, apiKeys }: Dependencies, id: string, account: string) {
  // The administrator's token has no events of a person.
  if ((await log.last("person", id)) === undefined) return id;
  const access = await people.accessOf(id);
  const person =
    access === undefined
      ? await apiKeys.verifyId(id)
      : ({ kind: "person", id, name: id, role: access.role, scope: scopeOfPerson(access) } satisfies Person);
  // Artifacts have no tags, so a person who is limited to tags has no access to them.
  if (person === undefined || person.scope?.tags !== undefined) return undefined;
  try {
    authorize(person, "artifact.read", { kind: "account", id: account });
    return person.apiKey?.owner ?? id;
  } catch (error) {
    if (error instanceof FleetError) return undefined;
    throw error;
  }
}
