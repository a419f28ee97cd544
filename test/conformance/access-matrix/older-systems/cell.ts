import type { Api } from "../../../support/api.ts";
import type { Caller, Hall, Invited, Place } from "../people.ts";
import type { Sent } from "../send.ts";

/** One caller at one place, with functions that make targets there. */
export interface OlderCell {
  readonly caller: Caller;
  readonly place: Place;
  readonly account: string;
  readonly tag: string;
  readonly hall: Hall;
  readonly admin: Api;
  /** A new name that begins with the place's word. */
  name(): string;
  /** A new name for what a call creates in the caller's account, whatever the place. */
  newName(): string;
  /** An unused email address. */
  address(): string;
  /** Somebody with a password, the same in each cell. */
  readonly person: Invited;
  /** Token of another person with the caller's rights. If the caller is nobody, the caller's own token. */
  twin(): Promise<string | undefined>;
  /** Targets that exist once for a place. */
  readonly shared: OlderShared;
}

export interface OlderShared {
  /** Name of a running board of libpyiotcloud. */
  readonly board: string;
  /** A gateway of ThingsPro Edge: its client id, and a message to it. */
  readonly gateway: string;
  readonly message: string;
}

export type OlderRequest = Sent & {
  /** Default: the caller's token. */
  readonly token?: string | undefined;
};

export type OlderRecipe = (cell: OlderCell) => OlderRequest | Promise<OlderRequest>;
