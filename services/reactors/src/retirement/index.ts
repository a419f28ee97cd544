import { commandEventId, FleetError } from "@fleetlog/domain";
import { checkSessions } from "@fleetlog/fleet";
import { withoutRepeats } from "@fleetlog/log";
import { Checkpoint } from "../checkpoint.ts";
import { endBySystem } from "../end-command.ts";
import type { Context, Reaction } from "../reaction.ts";
import {
  type CancelOpen,
  type CheckSessions,
  initialRetirements,
  processedThrough,
  type Retirements,
  react,
  type Tick,
} from "./react.ts";

const PAGE = 100;

const REASONS = { retired: "device retired", moved: "device moved to another account" } as const;

interface State extends Retirements {
  readonly checkpoint: Checkpoint;
}

export const retirement: Reaction<State, Tick, CancelOpen | CheckSessions> = {
  name: "retirement",
  categories: ["device", "command"],
  async load({ buckets }) {
    const checkpoint = await Checkpoint.open(buckets, "retirement");
    return { throughSeq: checkpoint.through, state: { ...initialRetirements(), checkpoint } };
  },
  react,
  observe: async ({ clock }) => ({ type: "Tick", now: clock.now() }),
  tickEveryMs: () => 5_000,
  orderingKey: ({ device }) => device,
  perform,
  onProcessed: (state, category, throughSeq, context) =>
    state.checkpoint.processed(category, throughSeq, context, () => processedThrough(state)),
};

async function perform(command: CancelOpen | CheckSessions, context: Context): Promise<void> {
  if ("checkSessions" in command) checkSessions(context.bus, command.device);
  else await cancelOpen(command, context);
}

async function cancelOpen(
  { device, retiredSeq, movedSeq, atLeast: first, causationid }: CancelOpen,
  context: Context,
): Promise<void> {
  const { log, views } = context;
  const why = movedSeq === undefined ? "retired" : "moved";
  for (let atLeast = first; ; ) {
    const { result, seq } = await views.queryWithSeq("commands.pending", { device, limit: PAGE }, { atLeast });
    // The log is read after the query: a device that was just registered again keeps its newer commands.
    const until = movedSeq ?? (await reregisteredSeq(log, device, retiredSeq));
    const toCancel = result.filter((pending) => pending.seq < until);
    if (toCancel.length === 0) return;
    atLeast = seq;
    for (const { id } of toCancel) atLeast = Math.max(atLeast, await cancel(id, device, why, causationid, context));
  }
}

async function reregisteredSeq(log: Context["log"], device: string, retiredSeq: number): Promise<number> {
  if ((await log.last("device", device))?.seq === retiredSeq) return Number.POSITIVE_INFINITY;
  for await (const { type, seq } of withoutRepeats(log.read({ stream: "FLEET", category: "device", entity: device }))) {
    if (type === "DeviceRegistered" && seq > retiredSeq) return seq;
  }
  return Number.POSITIVE_INFINITY;
}

async function cancel(
  command: string,
  device: string,
  why: keyof typeof REASONS,
  causationid: string,
  context: Context,
): Promise<number> {
  const ending = { type: "CancelCommand", command, device, by: "system", reason: REASONS[why] } as const;
  try {
    return await endBySystem(context, ending, { id: commandEventId[why](command), causationid });
  } catch (error) {
    if (error instanceof FleetError && error.code === "command-ended") return 0;
    throw error;
  }
}
