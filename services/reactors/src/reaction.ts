import type { Category, RecordedEvent } from "@fleetlog/domain";
import type { Views, Writer } from "@fleetlog/fleet";
import type { Backbone, Logger } from "@fleetlog/log";
import type { Clock } from "./clock.ts";

export interface SharedContext extends Pick<Backbone, "log" | "bus" | "buckets"> {
  readonly views: Views;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseTtlMs: number;
  readonly provisionTimeoutMs: number;
  /**
   * Aborted when this process loses the lease or stops. Nothing may be appended afterwards, so check it before each
   * append.
   */
  readonly signal: AbortSignal;
}

export interface Context extends SharedContext {
  /** Writes events with the source `/reactors/<name of the reaction>`. */
  readonly writer: Writer;
}

export interface InitialState<State> {
  readonly state: State;
  /** The state includes every event up to this sequence. A number is for all categories, a map has one for each. */
  readonly throughSeq: number | ReadonlyMap<Category, number>;
}

/**
 * What the system does after an event or after some time. `react` has no clock and no I/O, so the same inputs give the
 * same commands. It changes its state in place, because the state may have a million entries. A command may come twice,
 * after a restart or from two active processes. So `perform` loads the current state, decides, and appends only if the
 * subject has no newer event.
 */
export interface Reaction<State, Tick extends { readonly type: string }, Command> {
  readonly name: string;
  /** `react` gets the events of one category in log order, but those of different categories in any order. */
  readonly categories: readonly Category[];
  load(context: Context): Promise<InitialState<State>>;
  react(state: State, input: RecordedEvent | Tick): readonly Command[];
  /** Returns what `react` must know at a tick, such as the time. */
  observe(context: Context): Promise<Tick>;
  tickEveryMs(context: Context): number;
  /** Milliseconds until a tick that is needed sooner than `tickEveryMs`; called after every batch of events. */
  nextTickInMs?(state: State, now: number): number;
  /** Commands with the same key are performed one after the other, those with different keys in parallel. */
  orderingKey(command: Command): string;
  perform(command: Command, context: Context): Promise<void>;
  /** Called when all commands of the category's events up to `throughSeq` were performed. */
  onProcessed?(state: State, category: Category, throughSeq: number, context: Context): Promise<void>;
  mustReload?(state: State): boolean;
}
