import { commandEventId } from "@fleetlog/domain";
import { endBySystem } from "../end-command.ts";
import type { Context, Reaction } from "../reaction.ts";
import { OpenCommands } from "./open-commands.ts";
import { type Expire, react, type Tick } from "./react.ts";

const PAGE = 1_000;

export const commandDeadlines: Reaction<OpenCommands, Tick, Expire> = {
  name: "command-deadlines",
  categories: ["command"],
  load,
  react,
  observe: async ({ clock }) => ({ type: "Tick", now: clock.now() }),
  // The system time may jump, so one timer for the next deadline could fire too late.
  tickEveryMs: () => 1_000,
  nextTickInMs: (open, now) => (open.next ?? Number.POSITIVE_INFINITY) - now,
  orderingKey: ({ device }) => device,
  perform: async ({ command, device, now }, context) => {
    await endBySystem(
      context,
      { type: "ExpireCommand", command, device, now },
      { id: commandEventId.expired(command) },
    );
  },
  mustReload: (open) => open.mustReload,
};

/** The state is as old as its oldest page. Changes since then come as events. */
async function load({ views, signal }: Context) {
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
    // A page with fewer than `PAGE` commands need not be the last: large commands fill an answer sooner.
    if (last === undefined) return { state, throughSeq };
    after = last.seq;
  }
}
