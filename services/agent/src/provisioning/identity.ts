import { join } from "node:path";
import type { ProvisionPayload } from "@fleetlog/protocol";
import { readJson, removeDurably, writeDurably } from "./files.ts";

/** What a device has after it was provisioned. */
export interface ProvisionedIdentity {
  readonly device: string;
  readonly token: string;
  /** Where it connects to. */
  readonly url: string;
  /** The request, or what else let the device in. */
  readonly request: string;
}

/** What the platform gave the device, in a folder that only its owner can read. */
export class IdentityFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The identity that is in use. */
  get identity(): ProvisionedIdentity | undefined {
    return readJson(join(this.#folder, "identity.json")) as ProvisionedIdentity | undefined;
  }

  /** The newest reply, once its configuration is applied and its bundles are installed: a cut device goes on with it. */
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
