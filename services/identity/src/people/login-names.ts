import type { Bucket, Entry } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";
import { normalLogin } from "./normal-login.ts";

/** For this long, a name is reserved for an invited person who has not confirmed yet. */
const UNCONFIRMED_MS = 3_600_000;

const checkName = checker(Type.Object({ person: Type.String(), since: Type.Integer() }));

export interface LoginNamesOptions {
  readonly bucket: () => Promise<Bucket>;
  /** Keyed hash of a normalised name. */
  readonly hash: (name: string) => string;
  /** Undefined if there is no such person. */
  readonly statusOf: (person: string) => Promise<"invited" | "active" | "ended" | undefined>;
  readonly clock: () => number;
}

/** User names, with which people can log in instead of their email address. A name belongs to one person. */
export class LoginNames {
  readonly #options: LoginNamesOptions;

  constructor(options: LoginNamesOptions) {
    this.#options = options;
  }

  hashOf(name: string): string {
    return this.#options.hash(`name:${normalLogin(name)}`);
  }

  async find(hashed: string): Promise<string | undefined> {
    return personIn(await (await this.#options.bucket()).get(keyOf(hashed)));
  }

  /** False if another person has the name. */
  async take(person: string, hashed: string): Promise<boolean> {
    const { bucket: open, clock } = this.#options;
    const bucket = await open();
    const taken = { person, since: clock() };
    if ((await bucket.create(keyOf(hashed), taken)) !== undefined) return true;
    const entry = await bucket.get(keyOf(hashed));
    if (entry === undefined) return false;
    const checked = checkName(entry.value);
    if (checked.ok && checked.value.person === person) return true;
    if (checked.ok && !(await this.#isFree(checked.value))) return false;
    return (await bucket.update(keyOf(hashed), taken, entry.revision)) !== undefined;
  }

  /** Does nothing if another person has the name. */
  async free(person: string, hashed: string): Promise<void> {
    const bucket = await this.#options.bucket();
    const found = await bucket.get(keyOf(hashed));
    // The revision is given, because somebody else may take the name at this moment.
    if (personIn(found) === person) await bucket.delete(keyOf(hashed), found?.revision);
  }

  async #isFree({ person, since }: { readonly person: string; readonly since: number }): Promise<boolean> {
    const { statusOf, clock } = this.#options;
    const status = await statusOf(person);
    return status === undefined || status === "ended" || (status === "invited" && since + UNCONFIRMED_MS <= clock());
  }
}

function personIn(entry: Entry | undefined): string | undefined {
  const checked = checkName(entry?.value);
  return checked.ok ? checked.value.person : undefined;
}

function keyOf(hashed: string): string {
  return `name.${hashed}`;
}
