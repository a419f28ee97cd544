import type { Category } from "@fleetlog/domain";
import { defaultsOf, isStale, partCaller, reviseConfiguration } from "@fleetlog/fleet";
import { withoutRepeats } from "@fleetlog/log";
import type { DefaultsOfDevice } from "@fleetlog/protocol";
import { Checkpoint, fromNow } from "../checkpoint.ts";
import type { Context, Reaction } from "../reaction.ts";
import { type Defaults, initialDefaults, type Revise, type ReviseConcerned, react, type Tick } from "./react.ts";

/** The number of devices that are revised at the same time. The log can append their events in batches. */
const PAGE = 100;
const DEFINITIONS: readonly Category[] = ["type", "group"];

interface State extends Defaults {
  readonly checkpoint: Checkpoint;
}

export const configuration: Reaction<State, Tick, Revise> = {
  name: "configuration",
  categories: ["device", "type", "group", "configuration"],

  async load({ log, buckets }) {
    // A new reaction reads all stored events of types and groups, but only future events of devices and configurations.
    const checkpoint = await Checkpoint.open(buckets, "configuration", fromNow(log, ["device", "configuration"]));
    const { lastSeq } = await log.state("FLEET");
    const defaults = initialDefaults(lastSeq);
    for await (const event of withoutRepeats(log.read({ stream: "FLEET", categories: DEFINITIONS }))) {
      const category = event.subject.startsWith("fleet.type.") ? "type" : "group";
      if (event.seq <= (checkpoint.through.get(category) ?? 0)) react(defaults, event);
    }
    return { throughSeq: checkpoint.through, state: { ...defaults, checkpoint } };
  },

  react,
  observe: async () => ({ type: "Tick" }),
  tickEveryMs: () => 5_000,
  orderingKey: (command) => (command.type === "ReviseDevice" ? command.device : `${command.account}/${command.from}`),

  async perform(command, context) {
    if (command.type === "ReviseConcerned") await reviseAll(command, context);
    else await revise(await defaultsOf(context, command.device, command.atLeast), command, context);
  },

  onProcessed: ({ checkpoint }, category, throughSeq, context) => checkpoint.processed(category, throughSeq, context),
};

/** A restarted process begins again, and skips the devices that already have the revision. */
async function reviseAll(command: ReviseConcerned, context: Context): Promise<void> {
  const { views, logger, signal } = context;
  const { from, account, models, atLeast } = command;
  let revised = 0;
  for (const which of ["matching", "having"] as const) {
    for (let after = ""; ; ) {
      signal.throwIfAborted();
      const page = {
        from,
        ...(account !== undefined && { account }),
        which,
        models: [...models],
        limit: PAGE,
        ...(after !== "" && { after }),
      };
      const ids = await views.query("configuration.concerned", page, { atLeast });
      const last = ids.at(-1);
      if (last === undefined) break;
      after = last;
      for (let rest = ids; rest.length > 0; ) {
        // An answer may have fewer devices than requested.
        const found = await views.query("configuration.defaults", { ids: rest }, { atLeast });
        const results = await Promise.all(found.map((one) => revise(one, command, context)));
        revised += results.filter(Boolean).length;
        rest = rest.slice(Math.max(1, found.length));
      }
    }
  }
  if (revised > 0) logger.info({ from, devices: revised }, "revised desired configurations");
}

async function revise(
  found: DefaultsOfDevice,
  { by, reason, causationid }: Revise,
  context: Context,
): Promise<boolean> {
  if (!isStale(found)) return false;
  const caller = { ...partCaller("reactors", causationid), by };
  const { event } = await reviseConfiguration(context, caller, found, { reason, signal: context.signal });
  return event !== undefined;
}
