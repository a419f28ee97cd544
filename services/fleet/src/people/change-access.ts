import { FleetError, type PersonCommand, type PersonState, unknownPerson } from "@fleetlog/domain";
import type { NewAccessChange } from "@fleetlog/identity";
import type { Logger } from "@fleetlog/log";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { butEnded, isUnrecorded } from "../not-recorded.ts";
import { endingAccess } from "./access-ended.ts";
import { decideOn, loadPerson } from "./decide.ts";

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "people">;
type Change = Omit<NewAccessChange, "by" | "source">;

/** No request takes this long. So a change that is older and has not ended was interrupted, for instance by a crash. */
const INTERRUPTED_MS = 60_000;

/**
 * Changes role, tags and account, with one event for each. Rights that the change takes away end before its events, and
 * rights that it gives begin after its events. So after a crash, or with a full log, the person has at most the rights
 * that the pages show. An interrupted change is completed by {@link finishChanges} or by the person's next change,
 * except for attributes that the next change sets.
 * @returns the person after the change
 * @throws FleetError `person-unknown`, `person-ended`, `conflict`, `log-unavailable`, `log-full`
 */
export async function changeAccess(
  fleet: Dependencies,
  caller: Caller,
  id: string,
  change: Change,
): Promise<PersonState> {
  const { by, source } = caller;
  const author = { by, ...(source !== undefined && { source }) };
  const begun = await endingAccess(fleet, id, () => fleet.people.beginChange(id, { ...change, ...author }));
  const { token, takesAway = false, earlier = [] } = begun ?? {};
  // Rights that an unfinished change has taken away must not come back either.
  const taken = takesAway || earlier.length > 0;
  const recorded = recordEarlier(fleet, id, earlier).then(() => record(fleet, caller, id, change));
  const state = await recorded.catch(async (error: unknown) => {
    if (taken && isUnrecorded(error)) return butEnded("What the change takes away has ended")(error);
    await settle(fleet, id, token);
    throw error;
  });
  await settle(fleet, id, token);
  return state;
}

/**
 * Completes what a crash or the log interrupted, in any process.
 * @param ageMs the age from which an unfinished change counts as interrupted
 * @throws FleetError `log-unavailable`, `log-full`
 */
export async function finishChanges(fleet: Dependencies, logger: Logger, ageMs = INTERRUPTED_MS): Promise<void> {
  for (const { person, token, at: _, earlier = [], ...change } of await fleet.people.unfinishedChanges(ageMs)) {
    try {
      await recordEarlier(fleet, person, [...earlier, change]);
      logger.info({ person }, "completed a change of a person's access that was interrupted");
    } catch (error) {
      if (!(error instanceof FleetError) || isUnrecorded(error)) throw error;
      logger.warn({ person, err: error }, "a change of a person's access was interrupted and can't be completed");
    }
    await settle(fleet, person, token);
  }
}

/** Records each earlier change under its own author. */
async function recordEarlier(
  fleet: Pick<Fleet, "log" | "writer">,
  person: string,
  changes: readonly NewAccessChange[],
): Promise<void> {
  for (const { by, source, ...change } of changes) {
    const origin = source === undefined ? {} : { source };
    await record(fleet, { principal: { kind: "part", name: "people" }, by, ...origin }, person, change);
  }
}

async function record(
  fleet: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  id: string,
  { role, tags, account }: Change,
): Promise<PersonState> {
  const about = { person: id, by: caller.by };
  const commands: readonly (PersonCommand | false)[] = [
    role !== undefined && { type: "ChangePersonRole", ...about, role },
    tags !== undefined && { type: "ChangePersonTags", ...about, ...(tags !== null && { tags }) },
    account !== undefined && { type: "MovePerson", ...about, to: account },
  ];
  let state = await mustLoad(fleet, id);
  for (const command of commands)
    if (command) state = (await decideOn(fleet, caller, state.account, command)).state ?? state;
  return state;
}

function settle(fleet: Dependencies, id: string, token: string | undefined): Promise<void> {
  return endingAccess(fleet, id, () => fleet.people.changeAccess(id, () => mustLoad(fleet, id), token));
}

async function mustLoad(fleet: Pick<Fleet, "log">, id: string): Promise<PersonState> {
  const state = await loadPerson(fleet, id);
  if (state === undefined) throw unknownPerson(id);
  return state;
}
