import type { Api } from "../../support/api.ts";
import type { Caller, Hall, Invited, Place } from "./people.ts";
import type { Sent } from "./send.ts";

/** A request that succeeds if the caller is allowed to make it. */
export interface Request extends Sent {
  /** Token of another person with the same rights; default: the caller's. */
  readonly token?: string;
  /** Makes the body when it is sent, because it is valid for seconds only. */
  readonly bodyNow?: () => unknown;
  /** For a call that always answers 200: the status that its body means. */
  readonly statusIn?: (body: unknown) => number;
  /** Requests with the same name are sent one at a time. */
  readonly turn?: string;
}

/** One caller at one place, with functions that make targets there. */
export interface Cell {
  readonly caller: Caller;
  readonly place: Place;
  readonly account: string;
  readonly tag: string;
  name(): string;
  definition(): string;
  device(): Promise<string>;
  command(): Promise<string>;
  artifact(): Promise<string>;
  person(): Promise<Invited>;
  /** A person with a password, for calls that only sign in: the same person in all cells of the place. */
  signer(): Promise<Invited>;
  /** Token of a new person with the caller's rights, for one call. */
  twin(): Promise<string | undefined>;
  /** One token for all cells of the caller, of a person with the caller's rights: for calls that do not change the person. */
  sharedTwin(): Promise<string | undefined>;
  readonly hall: Hall;
  readonly admin: Api;
  /** `host:port` at which programs of Edgebind connect. */
  readonly edgebind: string;
  readonly shared: Shared;
}

/** Targets that are made once for a place. */
export interface Shared {
  readonly device: string;
  readonly command: string;
  readonly artifact: string;
  readonly person: Invited;
  readonly serial: string;
  readonly link: string;
}

export type Recipe = (cell: Cell) => Request | Promise<Request>;

/** A call without a target of its own. */
export const at =
  (path: string): Recipe =>
  () => ({ path });
