import { commandEventId, FleetError } from "@fleetlog/domain";
import { Checkpoint } from "../checkpoint.ts";
import { endBySystem } from "../end-command.ts";
import type { Reaction, World } from "../reaction.ts";
import { type CancelOpen, doneThrough, noRetirements, type Retirements, react, type Tick } from "./react.ts";

const PAGE = 100;
const SAVE_EVERY_MS = 5_000;

interface State extends Retirements {
  readonly checkpoint: Checkpoint;
  savedAt: number;
}

/** When a device retires: CancelCommand for what it had still to do. */
export const retirement: Reaction<State, Tick, CancelOpen> = {
  name: "retirement",
  categories: ["device", "command"],
  async begin({ buckets, clock }) {
    const checkpoint = await Checkpoint.open(buckets, "retirement");
    return { throughSeq: checkpoint.through, state: { ...noRetirements(), checkpoint, savedAt: clock.elapsed() } };
  },
  react,
  observe: async ({ clock }) => ({ type: "Tick", now: clock.now() }),
  everyMs: () => 5_000,
  lane: ({ device }) => device,
  perform,
  async settled(state, category, throughSeq, { clock, signal }) {
    state.checkpoint.settled(category, throughSeq);
    if (signal.aborted || clock.elapsed() - state.savedAt < SAVE_EVERY_MS) return;
    await state.checkpoint.save(doneThrough(state));
    state.savedAt = clock.elapsed();
  },
};

async function perform({ device, retiredSeq, atLeast: first, causationid }: CancelOpen, world: World): Promise<void> {
  const { log, views } = world;
  for (let atLeast = first; ; ) {
    const { result, seq } = await views.queryWithSeq("commands.pending", { device, limit: PAGE }, { atLeast });
    // Asked after it: what is pending may be of a life that has begun just now, and is none of ours then.
    const until = await nextLife(log, device, retiredSeq);
    const ours = result.filter((pending) => pending.seq < until);
    if (ours.length === 0) return;
    atLeast = seq;
    for (const { id } of ours) atLeast = Math.max(atLeast, await cancel(id, device, causationid, world));
  }
}

/** Sequence with which a device that retired was registered anew; infinite until it is. */
async function nextLife(log: World["log"], device: string, retiredSeq: number): Promise<number> {
  if ((await log.last("device", device))?.seq === retiredSeq) return Number.POSITIVE_INFINITY;
  for await (const { type, seq } of log.read({
    stream: "FLEET",
    category: "device",
    entity: device,
    fromSeq: retiredSeq + 1,
  })) {
    if (type === "DeviceRegistered") return seq;
  }
  return Number.POSITIVE_INFINITY;
}

/** Resolves with the sequence that the device's commands are at afterwards. */
async function cancel(command: string, device: string, causationid: string, world: World): Promise<number> {
  const ending = { type: "CancelCommand", command, device, by: "system", reason: "device retired" } as const;
  try {
    return await endBySystem(world, ending, { id: commandEventId.retired(command), causationid });
  } catch (error) {
    // The device was quicker.
    if (error instanceof FleetError && error.code === "command-ended") return 0;
    throw error;
  }
}
