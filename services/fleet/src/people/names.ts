import type { PersonNames } from "@fleetlog/domain";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { decideOn } from "./decide.ts";
import { ownState } from "./own.ts";

const NAMES = ["userName", "givenName", "familyName"] as const;
type Name = (typeof NAMES)[number];

/** Null removes a name; an absent name stays. */
export type NamesChange = { readonly [name in Name]?: string | null | undefined };

/**
 * Changes the caller's own names, which are sealed. Equal names record nothing. The caller can also sign in with
 * the user name, unless somebody else has it.
 * @throws FleetError `person-unknown` for a caller who is no person, `person-ended`
 */
export async function changeOwnNames(
  fleet: Pick<Fleet, "log" | "writer" | "personal" | "people">,
  caller: Caller,
  change: NamesChange,
): Promise<number> {
  const state = await ownState(fleet, caller);
  const { id, account } = state;
  const names: { [name in Name]?: NonNullable<PersonNames[Name]> | null } = {};
  for (const name of NAMES) {
    const before = state[name];
    const given = change[name];
    const held = (before && (await fleet.personal.open(before))) ?? "";
    const asked = given === undefined ? held : (given?.trim() ?? "");
    if (asked !== held) names[name] = asked === "" ? null : await fleet.personal.seal(id, asked);
  }
  if (Object.keys(names).length === 0) return state.seq;
  const command = { type: "ChangePersonNames", person: id, by: caller.by, names } as const;
  const { lastSeq } = await decideOn(fleet, caller, account, command);
  if (names.userName !== undefined) await fleet.people.setName(id, change.userName?.trim() || undefined);
  return lastSeq;
}
