import { commandEventId, FleetError } from "@fleetlog/domain";
import { Checkpoint } from "../checkpoint.ts";
import { endCommand } from "../end-command.ts";
import { ask } from "../queries.ts";
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
  const { log, bus } = world;
  for (let atLeast = first; ; ) {
    // A device that was registered anew has open commands of its new life, which are none of ours.
    const retired = (await log.last("device", device))?.type === "DeviceRetired";
    const { result, seq } = await ask(bus, "commands.pending", { device, limit: PAGE }, atLeast);
    const ours = result.filter((pending) => retired || pending.seq < retiredSeq);
    if (ours.length === 0) return;
    atLeast = seq;
    for (const { id } of ours) atLeast = Math.max(atLeast, await cancel(id, device, causationid, world));
  }
}

/** Resolves with the sequence that the device's commands are at afterwards. */
async function cancel(command: string, device: string, causationid: string, world: World): Promise<number> {
  const ending = { type: "CancelCommand", command, device, by: "system", reason: "device retired" } as const;
  const frame = { id: commandEventId.retired(command), source: "/reactors/retirement", causationid };
  try {
    return await endCommand(world, ending, frame);
  } catch (error) {
    // The device was quicker.
    if (error instanceof FleetError && error.code === "command-ended") return 0;
    throw error;
  }
}
