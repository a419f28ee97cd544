import type { Category, RecordedEvent } from "@fleetlog/domain";
import type { Views, Writer } from "@fleetlog/fleet";
import type { Backbone, Logger } from "@fleetlog/log";
import type { Clock } from "./clock.ts";

/** What all reactions of a process share. */
export interface SharedWorld extends Pick<Backbone, "log" | "bus" | "buckets"> {
  readonly views: Views;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseTtlMs: number;
  /** Aborted when this process may not react any more. Nothing is appended after that: check it before each append. */
  readonly signal: AbortSignal;
}

/** What a reaction may see and touch. */
export interface World extends SharedWorld {
  /** Of events whose source is `/reactors/<name of the reaction>`. */
  readonly writer: Writer;
}

export interface Beginning<State> {
  readonly state: State;
  /** The state has every event up to this sequence, of all categories or of each. */
  readonly throughSeq: number | ReadonlyMap<Category, number>;
}

/**
 * What follows from events, and from time passing. `react` is pure but for its state, which it changes in place (it may
 * hold a million entries): no clock, no I/O, the same inputs give the same commands. All that touches the world is in
 * `begin`, `observe` and `perform`.
 *
 * A command may be given twice: after a restart, or by two processes that both believe to be the active one. So
 * `perform` decides by a decider on state that was loaded then, fenced by the subject's last sequence.
 */
export interface Reaction<State, Tick extends { readonly type: string }, Command> {
  readonly name: string;
  /** Whose events it reacts to. Each category comes in log order; between two there is no order. */
  readonly categories: readonly Category[];
  begin(world: World): Promise<Beginning<State>>;
  react(state: State, input: RecordedEvent | Tick): readonly Command[];
  /** What is seen at the next tick. */
  observe(world: World): Promise<Tick>;
  /** The longest time between two ticks, in milliseconds. */
  everyMs(world: World): number;
  /** Milliseconds until a tick is needed sooner than that; asked again after every batch of events. */
  dueInMs?(state: State, now: number): number;
  /** Commands of one lane are performed one after the other. */
  lane(command: Command): string;
  perform(command: Command, world: World): Promise<void>;
  /** Everything of that category up to `throughSeq` was reacted to, and performed. */
  settled?(state: State, category: Category, throughSeq: number, world: World): Promise<void>;
  /** The state is of no more use: begin anew. */
  isSpent?(state: State): boolean;
}
