import { join } from "node:path";
import type { ProvisionPayload } from "@fleetlog/protocol";
import { readJson, removeDurably, writeDurably } from "../files/durable.ts";

export interface ProvisionedIdentity {
  readonly device: string;
  readonly token: string;
  readonly url: string;
  /** As in `ProvisionPayload`. */
  readonly request: string;
}

export class IdentityFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get identity(): ProvisionedIdentity | undefined {
    return readJson(join(this.#folder, "identity.json")) as ProvisionedIdentity | undefined;
  }

  /** The newest reply, once it is applied and installed. An interrupted device continues with it. */
  get prepared(): ProvisionPayload | undefined {
    return readJson(join(this.#folder, "prepared.json")) as ProvisionPayload | undefined;
  }

  bundle(name: string, version: string): string {
    return join(this.#folder, "bundles", `${encodeURIComponent(name)}-${encodeURIComponent(version)}`);
  }

  keepPrepared(payload: ProvisionPayload): void {
    writeDurably(join(this.#folder, "prepared.json"), JSON.stringify(payload));
  }

  dropPrepared(): void {
    removeDurably(join(this.#folder, "prepared.json"));
  }

  keepConfiguration(values: Readonly<Record<string, unknown>>): void {
    writeDurably(join(this.#folder, "configuration.json"), `${JSON.stringify(values, undefined, 2)}\n`);
  }

  keepIdentity(identity: ProvisionedIdentity): void {
    writeDurably(join(this.#folder, "identity.json"), JSON.stringify(identity));
  }
}
