import type { OpenIdIdentity } from "@fleetlog/identity";
import type { Fleet } from "../../dependencies/fleet.ts";
import { loadPerson } from "../decide.ts";

/**
 * Finds the person of an identity. A lost entry of the store is restored from its second entry, if the person's events
 * do not say that the link has ended. Without the restoration, a person who was ended could sign up again.
 */
export async function findOpenId(
  fleet: Pick<Fleet, "log" | "openIds">,
  key: string,
): Promise<OpenIdIdentity | undefined> {
  const found = await fleet.openIds.find(key);
  if (found !== undefined) return found;
  let restored: Required<OpenIdIdentity> | undefined;
  for (const noted of await fleet.openIds.linksTo(key)) {
    const state = await loadPerson(fleet, noted.person);
    if (state?.openIds?.some(({ link }) => link === noted.link) !== true) continue;
    const isOver = state.status === "ended" || state.status === "erased";
    // A person who was invited again has the identity of the person who has ended.
    if (restored === undefined || !isOver) restored = noted;
  }
  if (restored === undefined) return undefined;
  await fleet.openIds.restore(key, restored);
  return fleet.openIds.find(key);
}
