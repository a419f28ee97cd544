import { type Category, FleetError, type RecordedEvent, streamOf } from "@fleetlog/domain";
import { Writer } from "@fleetlog/fleet";
import { type Batch, KnownIds } from "@fleetlog/log";
import type { Context, Reaction, SharedContext } from "../reaction.ts";
import { inTurn, untilAborted } from "./abort.ts";
import { performAll } from "./perform.ts";

/**
 * Number of the newest ids by which a reaction recognises repeats. An older repeat is harmless, because each command is
 * decided on the current state.
 */
const KNOWN_IDS = 40_000;

export interface RunnableReaction {
  readonly name: string;
  /** Runs until the signal is aborted or the state must be loaded again; rejects on failure. */
  run(context: SharedContext): Promise<void>;
}

export function runnable<State, Tick extends { readonly type: string }, Command>(
  reaction: Reaction<State, Tick, Command>,
): RunnableReaction {
  return { name: reaction.name, run: (context) => run(reaction, context) };
}

async function run<State, Tick extends { readonly type: string }, Command>(
  reaction: Reaction<State, Tick, Command>,
  shared: SharedContext,
): Promise<void> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([shared.signal, stopping.signal]);
  const { log, clock } = shared;
  const writer = new Writer(log, { source: `/reactors/${reaction.name}`, clock: clock.now });
  const context: Context = { ...shared, writer, signal };
  const { state, throughSeq } = await untilAborted(reaction.load(context), signal);
  const oneAtATime = inTurn();
  const ids = new KnownIds(KNOWN_IDS);
  let sleeping = new AbortController();
  signal.addEventListener("abort", () => sleeping.abort());

  const reactAndPerform = async (inputs: readonly (RecordedEvent | Tick)[]) => {
    const commands = inputs.flatMap((input) => reaction.react(state, input));
    if (commands.length > 0) await performAll(commands, reaction, context);
  };
  const takeBatch = (category: Category, batch: Batch) =>
    oneAtATime(async () => {
      if (signal.aborted) return;
      await reactAndPerform(batch.events.filter(({ id }) => ids.add(id)));
      await reaction.onProcessed?.(state, category, batch.throughSeq, context);
      // The events may have brought an earlier deadline, so compute the next tick again.
      sleeping.abort();
    });
  const restMs = (tickedAt: number) => {
    const rest = tickedAt + reaction.tickEveryMs(context) - context.clock.elapsed();
    return Math.min(rest, reaction.nextTickInMs?.(state, context.clock.now()) ?? rest);
  };
  const tickUntilStopped = async () => {
    for (let tickedAt = context.clock.elapsed(); !signal.aborted && !reaction.mustReload?.(state); ) {
      const rest = restMs(tickedAt);
      if (rest > 0) {
        sleeping = new AbortController();
        await context.clock.sleep(rest, sleeping.signal);
        continue;
      }
      tickedAt = context.clock.elapsed();
      await oneAtATime(async () => reactAndPerform([await untilAborted(reaction.observe(context), signal)]));
    }
  };

  // Each category has a checkpoint of its own, so each has a subscription, and events of two categories come in any order.
  const subscriptions = reaction.categories.map((category) =>
    context.log.subscribe({
      stream: streamOf(category),
      category,
      from: (typeof throughSeq === "number" ? throughSeq : (throughSeq.get(category) ?? 0)) + 1,
      onBatch: (batch) => takeBatch(category, batch),
    }),
  );
  try {
    const subscriptionEnded = Promise.race(subscriptions.map((subscription) => subscription.ended)).then(() => {
      if (!signal.aborted) throw new FleetError("log-unavailable", "a subscription ended unexpectedly");
    });
    await Promise.race([tickUntilStopped(), subscriptionEnded]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stopping.abort();
    await Promise.allSettled(subscriptions.map((subscription) => subscription.stop()));
  }
}
