import type { StreamName } from "@fleetlog/domain";

/** Message of a projector on {@link changedSubject}: rows of a projection have changed, and can be queried. */
export interface Changed {
  /** The view is built up to this sequence of its stream. */
  readonly seq: number;
  /** Default: FLEET. */
  readonly stream?: StreamName;
  /** Keys of the changed rows; null if there are too many. */
  readonly keys: readonly string[] | null;
  /**
   * Account and tags of each row before and after the change; null if there are too many, absent for rows that no scope
   * of tags hides. Gateways do not use the scopes yet.
   */
  readonly scopes?: readonly ChangedScope[] | null;
}

/** Null means no account, as for an unregistered device. */
export interface ChangedScope {
  readonly before: Belonging | null;
  readonly after: Belonging | null;
}

export interface Belonging {
  readonly account: string;
  readonly tags: readonly string[];
}

export function changedSubject(projection: string): string {
  return `changed.${projection}`;
}
