import type { Scope } from "@fleetlog/domain";
import type { ListDevicesQuery } from "@fleetlog/protocol";

/** A point in the past: the state after FLEET's event with this sequence, and that event's time. */
export interface Moment {
  readonly seq: number;
  /** RFC 3339, UTC. */
  readonly at: string;
}

export interface Progress {
  /** FLEET sequence up to which the past can be queried. */
  readonly seq: number;
  /** The log's newest FLEET sequence. */
  readonly goal: number;
}

/** Answers the views' queries as of a moment. */
export interface AsOf {
  /**
   * The moment of a FLEET sequence, or of the newest event up to a time (RFC 3339).
   *
   * @throws FleetError `invalid-request` (field `at`) if later than the log or before its first event
   */
  resolve(at: string | number): Promise<Moment>;
  /** The view's answer as of the moment.
   *
   * @param query name of a query in the views of @fleetlog/protocol, such as `devices.list`
   * @param params checked by this method
   * @throws FleetError `not-found` for an unknown query, `invalid-request` for its params
   */
  answer(query: string, params: unknown, scope: Scope | undefined, moment: Moment): Promise<unknown>;
  progress(): Progress;
  /**
   * Resolves when the past can be queried up to the sequence.
   *
   * @throws FleetError `history-unavailable` after `waitMs`
   */
  waitFor(seq: number, waitMs: number): Promise<void>;
  close(): Promise<void>;
}

/** The devices to which other calls about the past are limited. */
export interface PastDevices {
  /**
   * The devices whose history is visible to the scope from FLEET sequence `seq` on; undefined: all devices. The log's
   * newest events decide, even if the history lacks them.
   */
  visibleDevices(scope: Scope | undefined, seq: number): Promise<readonly string[] | undefined>;
  /**
   * The given devices that the scope may see by the log's newest events, each with the FLEET sequence from which its history is
   * visible; 0: all of it.
   */
  visibleFrom(scope: Scope, devices: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Whether the device was ever registered. */
  hasDevice(device: string): Promise<boolean>;
  /**
   * The ids of the devices that a list with these params had at the moment, in order.
   *
   * @throws FleetError `group-unknown`
   */
  devicesOf(params: ListDevicesQuery, scope: Scope | undefined, moment: Moment): Promise<readonly string[]>;
}
