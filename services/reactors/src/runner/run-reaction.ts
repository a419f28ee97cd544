import { type Category, FleetError, type RecordedEvent, streamOf } from "@fleetlog/domain";
import { Writer } from "@fleetlog/fleet";
import type { Batch } from "@fleetlog/log";
import type { Context, Reaction, SharedContext } from "../reaction.ts";
import { inTurn, untilAborted } from "./abort.ts";
import { performAll } from "./perform.ts";

/** A reaction without its type parameters. */
export interface RunnableReaction {
  readonly name: string;
  /** Reacts until the context's signal is aborted or the state must be loaded again; rejects on failure. */
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
  const over = new AbortController();
  const signal = AbortSignal.any([shared.signal, over.signal]);
  const { log, clock } = shared;
  const writer = new Writer(log, { source: `/reactors/${reaction.name}`, clock: clock.now });
  const context: Context = { ...shared, writer, signal };
  const { state, throughSeq } = await untilAborted(reaction.load(context), signal);
  const turn = inTurn();
  let alarm = new AbortController();
  signal.addEventListener("abort", () => alarm.abort());

  const take = async (inputs: readonly (RecordedEvent | Tick)[]) => {
    const commands = inputs.flatMap((input) => reaction.react(state, input));
    if (commands.length > 0) await performAll(commands, reaction, context);
  };
  const takeBatch = (category: Category, batch: Batch) =>
    turn(async () => {
      if (signal.aborted) return;
      await take(batch.events);
      await reaction.onProcessed?.(state, category, batch.throughSeq, context);
      // The events may have brought an earlier deadline: compute the next tick again.
      alarm.abort();
    });
  const restMs = (tickedAt: number) => {
    const rest = tickedAt + reaction.tickEveryMs(context) - context.clock.elapsed();
    return Math.min(rest, reaction.nextTickInMs?.(state, context.clock.now()) ?? rest);
  };
  const tick = async () => {
    for (let tickedAt = context.clock.elapsed(); !signal.aborted && !reaction.mustReload?.(state); ) {
      const rest = restMs(tickedAt);
      if (rest > 0) {
        alarm = new AbortController();
        await context.clock.sleep(rest, alarm.signal);
        continue;
      }
      tickedAt = context.clock.elapsed();
      await turn(async () => take([await untilAborted(reaction.observe(context), signal)]));
    }
  };

  const tails = reaction.categories.map((category) =>
    context.log.subscribe({
      stream: streamOf(category),
      category,
      from: (typeof throughSeq === "number" ? throughSeq : (throughSeq.get(category) ?? 0)) + 1,
      onBatch: (batch) => takeBatch(category, batch),
    }),
  );
  try {
    const cut = Promise.race(tails.map((tail) => tail.ended)).then(() => {
      if (!signal.aborted) throw new FleetError("log-unavailable", "a subscription ended unexpectedly");
    });
    await Promise.race([tick(), cut]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    over.abort();
    await Promise.allSettled(tails.map((tail) => tail.stop()));
  }
}
