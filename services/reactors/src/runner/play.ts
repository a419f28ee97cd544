import { type Category, FleetError, type RecordedEvent, streamOf } from "@fleetlog/domain";
import { Writer } from "@fleetlog/fleet";
import type { Batch } from "@fleetlog/log";
import type { Reaction, SharedWorld, World } from "../reaction.ts";
import { inTurn, untilAborted } from "./abort.ts";
import { performAll } from "./perform.ts";

/** A reaction with its own types kept to itself. */
export interface Playable {
  readonly name: string;
  /** Reacts until the world's signal is aborted, or the state is spent; rejects when it can't go on. */
  play(world: SharedWorld): Promise<void>;
}

export function playable<State, Tick extends { readonly type: string }, Command>(
  reaction: Reaction<State, Tick, Command>,
): Playable {
  return { name: reaction.name, play: (world) => play(reaction, world) };
}

async function play<State, Tick extends { readonly type: string }, Command>(
  reaction: Reaction<State, Tick, Command>,
  shared: SharedWorld,
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([shared.signal, over.signal]);
  const { log, clock } = shared;
  const writer = new Writer(log, { source: `/reactors/${reaction.name}`, clock: clock.now });
  const world: World = { ...shared, writer, signal };
  const { state, throughSeq } = await untilAborted(reaction.begin(world), signal);
  const turn = inTurn();
  let alarm = new AbortController();
  signal.addEventListener("abort", () => alarm.abort());

  const take = async (inputs: readonly (RecordedEvent | Tick)[]) => {
    const commands = inputs.flatMap((input) => reaction.react(state, input));
    if (commands.length > 0) await performAll(commands, reaction, world);
  };
  const takeBatch = (category: Category, batch: Batch) =>
    turn(async () => {
      if (signal.aborted) return;
      await take(batch.events);
      await reaction.settled?.(state, category, batch.throughSeq, world);
      // Something may now be due sooner than the ticker thinks.
      alarm.abort();
    });
  const restMs = (tickedAt: number) => {
    const rest = tickedAt + reaction.everyMs(world) - world.clock.elapsed();
    return Math.min(rest, reaction.dueInMs?.(state, world.clock.now()) ?? rest);
  };
  const tick = async () => {
    for (let tickedAt = world.clock.elapsed(); !signal.aborted && !reaction.isSpent?.(state); ) {
      const rest = restMs(tickedAt);
      if (rest > 0) {
        alarm = new AbortController();
        await world.clock.sleep(rest, alarm.signal);
        continue;
      }
      tickedAt = world.clock.elapsed();
      await turn(async () => take([await untilAborted(reaction.observe(world), signal)]));
    }
  };

  const tails = reaction.categories.map((category) =>
    world.log.subscribe({
      stream: streamOf(category),
      category,
      from: (typeof throughSeq === "number" ? throughSeq : (throughSeq.get(category) ?? 0)) + 1,
      onBatch: (batch) => takeBatch(category, batch),
    }),
  );
  try {
    const cut = Promise.race(tails.map((tail) => tail.ended)).then(() => {
      if (!signal.aborted) throw new FleetError("log-unavailable", "a subscription ended by itself");
    });
    await Promise.race([tick(), cut]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    over.abort();
    await Promise.allSettled(tails.map((tail) => tail.stop()));
  }
}
