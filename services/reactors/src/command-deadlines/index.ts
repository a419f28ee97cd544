import { commandEventId } from "@fleetlog/domain";
import { endBySystem } from "../end-command.ts";
import type { Reaction, World } from "../reaction.ts";
import { OpenCommands } from "./open-commands.ts";
import { type Expire, react, type Tick } from "./react.ts";

const PAGE = 1_000;

/** At a command's deadline: ExpireCommand. */
export const commandDeadlines: Reaction<OpenCommands, Tick, Expire> = {
  name: "command-deadlines",
  categories: ["command"],
  begin,
  react,
  observe: async ({ clock }) => ({ type: "Tick", now: clock.now() }),
  // The time of day may jump, so that a timer for the next deadline alone could come too late.
  everyMs: () => 1_000,
  dueInMs: (open, now) => (open.next ?? Number.POSITIVE_INFINITY) - now,
  lane: ({ device }) => device,
  perform: async ({ command, device, now }, world) => {
    await endBySystem(world, { type: "ExpireCommand", command, device, now }, { id: commandEventId.expired(command) });
  },
  isSpent: (open) => open.isSpent,
};

/** All commands that are open, page by page; what changed in the meantime is in the log's tail from the oldest answer on. */
async function begin({ views, signal }: World) {
  const state = new OpenCommands();
  let throughSeq = Number.POSITIVE_INFINITY;
  for (let after = 0; ; ) {
    signal.throwIfAborted();
    const { result, seq } = await views.queryWithSeq("commands.open", { after, limit: PAGE });
    throughSeq = Math.min(throughSeq, seq);
    for (const { id: command, device, deadline, seq, epoch = 0, session } of result) {
      state.add({ command, device, deadline: Date.parse(deadline), seq, epoch, session });
    }
    const last = result.at(-1);
    // A page may be short because its commands are large.
    if (last === undefined) return { state, throughSeq };
    after = last.seq;
  }
}
