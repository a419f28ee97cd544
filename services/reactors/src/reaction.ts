import type { Category, RecordedEvent } from "@fleetlog/domain";
import type { Views, Writer } from "@fleetlog/fleet";
import type { Backbone, Logger } from "@fleetlog/log";
import type { Clock } from "./clock.ts";

/** What all reactions of a process use. */
export interface SharedContext extends Pick<Backbone, "log" | "bus" | "buckets"> {
  readonly views: Views;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseTtlMs: number;
  /** How long a provisioning device may be silent before its try fails. */
  readonly provisionTimeoutMs: number;
  /**
   * Aborted when this process loses the lease or stops. Check it before each append: nothing may be appended after the
   * abort.
   */
  readonly signal: AbortSignal;
}

/** What one reaction uses. */
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
 * What the system does after an event, or after time has passed. `react` has no clock and no I/O: the same inputs give the
 * same commands. It changes its state in place, because the state may hold a million entries. I/O happens only in `load`,
 * `observe` and `perform`.
 *
 * The same command may come twice: after a restart, or from two processes that both believe they are active. So `perform`
 * loads the current state, decides, and appends with the subject's last sequence as a fence.
 */
export interface Reaction<State, Tick extends { readonly type: string }, Command> {
  readonly name: string;
  /**
   * Events of these categories are passed to `react`: the events of one category in log order, different categories in
   * any order.
   */
  readonly categories: readonly Category[];
  load(context: Context): Promise<InitialState<State>>;
  react(state: State, input: RecordedEvent | Tick): readonly Command[];
  /** Called for each tick: reads what `react` must know then, such as the time, and returns it as the input `Tick`. */
  observe(context: Context): Promise<Tick>;
  /** The longest time between two ticks, in milliseconds. */
  tickEveryMs(context: Context): number;
  /**
   * Milliseconds until the next tick, if it is needed before `tickEveryMs` is over; called after every batch of events.
   */
  nextTickInMs?(state: State, now: number): number;
  /** Commands of one lane are performed one after the other; different lanes run in parallel. */
  lane(command: Command): string;
  perform(command: Command, context: Context): Promise<void>;
  /** Called when `react` has had all events of the category up to `throughSeq`, and their commands were performed. */
  onProcessed?(state: State, category: Category, throughSeq: number, context: Context): Promise<void>;
  /** Whether the state must be loaded again. */
  mustReload?(state: State): boolean;
}
