import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProvisionPayload } from "@fleetlog/protocol";
import { readJson, removeDurably, writeDurably } from "../files/durable.ts";
import { writeIdentityFile } from "../identity/identity-file.ts";
import { type Trust, trustFile } from "../identity/trust-file.ts";

export interface ProvisionedIdentity {
  readonly device: string;
  /** Absent if the device has a certificate, in the file {@link IdentityFiles.certificateFile}. */
  readonly token?: string;
  readonly url: string;
  /** Id of the provision request. */
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

  /** The certificate and its key, in PEM. */
  get certificateFile(): string {
    return join(this.#folder, "device.pem");
  }

  /** Root certificates that the platform has sent; before that, those in the settings (`given`). */
  trust(given: string): Trust {
    return trustFile(join(this.#folder, "authority.json"), given);
  }

  /** The key of the requested certificate. It stays the same until the device is provisioned. */
  get key(): KeyObject {
    const kept = readText(this.#keyFile);
    if (kept !== undefined) return createPrivateKey(kept);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeDurably(this.#keyFile, pemOf(privateKey));
    return privateKey;
  }

  get #keyFile(): string {
    return join(this.#folder, "key.pem");
  }

  keepCertificate(certificate: string): void {
    writeIdentityFile(this.certificateFile, { cert: certificate, key: pemOf(this.key) });
  }

  /** Removes the files that only the provisioning needs. */
  dropProvisioningFiles(): void {
    this.dropPrepared();
    removeDurably(this.#keyFile);
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

function pemOf(key: KeyObject): string {
  return key.export({ format: "pem", type: "pkcs8" }).toString();
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
