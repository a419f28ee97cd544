import type { Api } from "../../support/api.ts";
import type { Caller, Hall, Invited, Place } from "./people.ts";
import type { Sent } from "./send.ts";

/** A request that would succeed if the caller were allowed to make it. */
export interface Request extends Sent {
  /** Another token of a person with the same rights; default: the caller's. */
  readonly token?: string;
  /** The status that the answer means, for a call that answers 200 whatever it has done. */
  readonly statusIn?: (body: unknown) => number;
}

/** One caller at one place, with what is needed to make something there first. */
export interface Cell {
  readonly caller: Caller;
  readonly place: Place;
  readonly account: string;
  readonly tag: string;
  /** A name that no other cell has. */
  name(): string;
  /** The name of a new type or group: they have no tags. */
  definition(): string;
  device(): Promise<string>;
  command(): Promise<string>;
  artifact(): Promise<string>;
  person(): Promise<Invited>;
  /** Another person with the caller's rights, signed in. */
  twin(): Promise<string | undefined>;
  readonly hall: Hall;
  readonly admin: Api;
  /** Made once for the place, for calls that change nothing. */
  readonly shared: Shared;
}

/** Made once for a place. */
export interface Shared {
  readonly device: string;
  readonly command: string;
  readonly artifact: string;
  readonly person: Invited;
  readonly serial: string;
  readonly link: string;
}

export type Recipe = (cell: Cell) => Request | Promise<Request>;
