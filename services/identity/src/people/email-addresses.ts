import { randomUUID } from "node:crypto";
import { FleetError } from "@fleetlog/domain";
import type { Bucket, Entry } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";
import { normalLogin } from "./normal-login.ts";

const checkOwner = checker(Type.Object({ person: Type.String() }));

export interface EmailAddressesOptions {
  readonly bucket: () => Promise<Bucket>;
  /** Keyed hash of a normalised email address. */
  readonly hash: (address: string) => string;
}

/** Email addresses, with which people can log in. An address belongs to one person. */
export class EmailAddresses {
  readonly #options: EmailAddressesOptions;

  constructor(options: EmailAddressesOptions) {
    this.#options = options;
  }

  hashOf(email: string): string {
    return this.#options.hash(normalLogin(email));
  }

  find(hashed: string): Promise<string | undefined> {
    return this.#ownerIn(keyOf(hashed));
  }

  /** @throws FleetError `person-exists` if another person has the address */
  async take(person: string, hashed: string): Promise<void> {
    const bucket = await this.#options.bucket();
    if ((await bucket.create(keyOf(hashed), { person })) !== undefined) return;
    if ((await this.find(hashed)) === person) return;
    throw new FleetError("person-exists", "somebody has this email address already", { field: "email" });
  }

  /** Does nothing if another person has the address. */
  async free(person: string, hashed: string): Promise<void> {
    const bucket = await this.#options.bucket();
    for (const key of [keyOf(hashed), firstKeyOf(hashed)]) {
      const found = await bucket.get(key);
      // The revision is given, because somebody else may take the address at this moment.
      if (ownerIn(found) === person) await bucket.delete(key, found?.revision);
    }
  }

  /**
   * The id for whoever becomes the first administrator with this address: the same in each call, until that person ends.
   */
  async firstId(hashed: string): Promise<string> {
    const key = firstKeyOf(hashed);
    await (await this.#options.bucket()).create(key, { person: randomUUID() });
    return (await this.#ownerIn(key)) ?? randomUUID();
  }

  async #ownerIn(key: string): Promise<string | undefined> {
    return ownerIn(await (await this.#options.bucket()).get(key));
  }
}

function ownerIn(entry: Entry | undefined): string | undefined {
  const checked = checkOwner(entry?.value);
  return checked.ok ? checked.value.person : undefined;
}

function keyOf(hashed: string): string {
  return `email.${hashed}`;
}

function firstKeyOf(hashed: string): string {
  return `first.${hashed}`;
}
