import { FleetError, scopeOfPerson } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import type { Fleet } from "../fleet.ts";

type Dependencies = Pick<Fleet, "log" | "people" | "apiKeys" | "credentials">;

/**
 * Checks at each download that the link's maker still has access. Links of the administrator's token and of provision
 * requests are not checked: they only expire.
 * @param maker as in the link, such as `people/<id>`
 * @throws FleetError `forbidden`, `log-unavailable`
 */
export async function mustStillRead(fleet: Dependencies, maker: string, account: string): Promise<void> {
  const [kind, id = ""] = [maker.slice(0, maker.indexOf("/")), maker.slice(maker.indexOf("/") + 1)];
  const still =
    kind === "people"
      ? await mayPersonRead(fleet, id, account)
      : kind !== "devices" || (await fleet.credentials.statusOf(id)) === "valid";
  if (still) return;
  throw new FleetError("forbidden", "whoever made this link has lost access to the artifact", {
    advice: "Ask for a new link.",
  });
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
