import {
  type EnrolmentGroup,
  type EnrolmentGroupCommand,
  type EnrolmentGroupEvent,
  enrolmentGroupDecider,
  FleetError,
  type Scope,
  unknownEnrolmentGroup,
} from "@fleetlog/domain";
import { withoutRepeats } from "@fleetlog/log";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Loaded, Outcome } from "../writer/decision.ts";

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Number of groups whose state is kept. The last used group is at the end of the map. */
const KEPT = 256;

type State = Required<Omit<Loaded<EnrolmentGroup | undefined>, "ids">>;
const states = new WeakMap<Fleet["log"], Map<string, State>>();

/** Loads a group, reading only events since the last call: a group may have many. */
async function load({ log }: Pick<Fleet, "log">, id: string): Promise<State> {
  const kept = states.get(log) ?? new Map<string, State>();
  states.set(log, kept);
  let { state, lastSeq }: State = kept.get(id) ?? { state: enrolmentGroupDecider.initial, lastSeq: 0 };
  const newest = (await log.last("provisioning", id))?.seq ?? 0;
  // The log was replaced by a shorter one.
  if (newest < lastSeq) [state, lastSeq] = [enrolmentGroupDecider.initial, 0];
  if (newest > lastSeq) {
    const query = { stream: "FLEET", category: "provisioning", entity: id, fromSeq: lastSeq + 1 } as const;
    for await (const event of withoutRepeats(log.read(query))) {
      state = enrolmentGroupDecider.evolve(state, event);
      lastSeq = event.seq;
    }
    // The newest entry can be a repeat, which the loop has not seen.
    lastSeq = Math.max(lastSeq, newest);
  }
  kept.delete(id);
  // Anybody can name groups that do not exist: these must not replace the kept ones.
  if (state === undefined) return { state, lastSeq };
  kept.set(id, { state, lastSeq });
  const [oldest] = kept.keys();
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  return { state, lastSeq };
}

export async function loadEnrolmentGroup(fleet: Pick<Fleet, "log">, id: string): Promise<EnrolmentGroup | undefined> {
  return ID.test(id) ? (await load(fleet, id)).state : undefined;
}

/** @throws FleetError `enrolment-group-unknown` also for a group outside the scope */
export async function groupInScope(
  fleet: Pick<Fleet, "log">,
  id: string,
  { accounts, tags }: Scope,
): Promise<EnrolmentGroup> {
  const found = await loadEnrolmentGroup(fleet, id);
  if (found === undefined || accounts?.includes(found.account) === false) throw unknownEnrolmentGroup();
  if (tags !== undefined && !found.tags.some((tag) => tags.includes(tag))) throw unknownEnrolmentGroup();
  return found;
}

/** @param check throws for a state that it refuses */
export async function decideOnGroup(
  fleet: Pick<Fleet, "log" | "writer">,
  caller: Caller | undefined,
  { id, account }: Pick<EnrolmentGroup, "id" | "account">,
  command: EnrolmentGroupCommand,
  check?: (state: EnrolmentGroup | undefined) => void,
): Promise<Outcome<EnrolmentGroup, EnrolmentGroupEvent>> {
  try {
    const outcome = await fleet.writer.record({
      decider: enrolmentGroupDecider,
      load: async () => {
        const loaded = await load(fleet, id);
        check?.(loaded.state);
        return loaded;
      },
      command,
      entity: id,
      metadata: { ...(caller !== undefined && metadataOf(caller, [id, command.type])), account },
      timeoutMs: APPEND_TIMEOUT_MS,
    });
    if (outcome.state === undefined) throw unknownEnrolmentGroup();
    return outcome as Outcome<EnrolmentGroup, EnrolmentGroupEvent>;
  } catch (error) {
    if (error instanceof FleetError && error.code === "conflict") states.get(fleet.log)?.delete(id);
    throw error;
  }
}
