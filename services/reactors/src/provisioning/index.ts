import { byRequest } from "@fleetlog/domain";
import {
  abandonProvisioning,
  completeProvisioning,
  configureProvisioned,
  finishStop,
  partCaller,
  timeOutProvisioning,
} from "@fleetlog/fleet";
import { formatDuration } from "@fleetlog/runtime";
import { Checkpoint } from "../checkpoint.ts";
import type { Context, Reaction } from "../reaction.ts";
import { addOpen, initialRequests, type Requests, react, type Tick, type Work } from "./react.ts";

const PAGE = 500;

interface State extends Requests {
  readonly checkpoint: Checkpoint;
}

export const provisioning: Reaction<State, Tick, Work> = {
  name: "provisioning",
  categories: ["provisioning", "session"],
  load,
  react,
  observe: async ({ clock }) => ({ type: "Tick", now: clock.now() }),
  tickEveryMs: () => 1_000,
  orderingKey: ({ request }) => request,
  perform,
  async onProcessed({ checkpoint }, category, throughSeq, context) {
    if (category === "provisioning") await checkpoint.processed(category, throughSeq, context);
  },
};

/** The views return the requests that are open. If one of them ends later, its last event comes after the checkpoint. */
async function load({ views, buckets, signal, provisionTimeoutMs }: Context) {
  const checkpoint = await Checkpoint.open(buckets, "provisioning");
  const state = { ...initialRequests(provisionTimeoutMs), checkpoint };
  let sessions = Number.POSITIVE_INFINITY;
  for (let after = 0; ; ) {
    signal.throwIfAborted();
    const { result, seq } = await views.queryWithSeq("provisionRequests.open", { after, limit: PAGE });
    sessions = Math.min(sessions, seq);
    for (const { request, row } of result) {
      addOpen(state, {
        request,
        device: row.device.id,
        maxRetries: row.maxRetries,
        hasConfiguration: row.configuration !== undefined,
        expiresAt: row.expiresOn === undefined ? Number.POSITIVE_INFINITY : Date.parse(row.expiresOn),
        state: row.state,
        tries: row.tries,
        seq: row.seq,
        changedAt: Date.parse(row.updatedAt),
        busyUntil: 0,
      });
      state.unchecked.push(request);
    }
    const last = result.at(-1);
    if (last === undefined) break;
    after = last.ordinal;
  }
  const provisioned = checkpoint.through.get("provisioning") ?? 0;
  // The state is as old as the views' answers, which may be older than the checkpoint.
  return {
    state,
    throughSeq: new Map([
      ["provisioning", Math.min(provisioned, sessions)],
      ["session", sessions],
    ] as const),
  };
}

async function perform(work: Work, context: Context): Promise<void> {
  const { signal, provisionTimeoutMs } = context;
  const { request } = work;
  const caller = { ...partCaller("reactors"), ...("causationid" in work && { causationid: work.causationid }) };
  const end = { request, caller, signal };
  switch (work.type) {
    case "Complete":
      return completeProvisioning(context, end);
    case "TimeOut": {
      const message = `nothing was heard from the device for ${formatDuration(provisionTimeoutMs)}`;
      return timeOutProvisioning(context, end, work.since, message);
    }
    case "Abandon":
      return abandonProvisioning(context, end, work.now);
    case "FinishStop":
      return finishStop(context, end);
    case "Configure":
      return configureProvisioned(context, { ...end, caller: { ...caller, by: byRequest(request) } }, work.acceptedSeq);
  }
}
