import { mkdirSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { BucketMissing, type Buckets } from "@fleetlog/log";
import { SettingsError } from "@fleetlog/runtime/node";
import { parseKey } from "./key.ts";
import { keyFileIn, makeKeyFile, readKeyFile } from "./key-file.ts";
import { type KeyedSealer, sealerOf } from "./sealer.ts";
import type { InstallationSettings } from "./settings.ts";

const MAX_BYTES = 64 * 1024;
const ENTRY = "key";

const GIVE_KEY = "give it in FLEETLOG_INSTALLATION_KEY or FLEETLOG_INSTALLATION_KEY_FILE";

export interface OpenedInstallation {
  readonly sealer: KeyedSealer;
  /** The key file, if this call made it. */
  readonly made: string | undefined;
}

/**
 * The sealer of this installation. Makes a key if the installation has none and the settings give none. Records the
 * key's id if none is recorded. Refuses a key with another id, and then changes nothing.
 * @throws SettingsError if the key is missing, is not this installation's, or can't be stored; FleetError
 * `log-unavailable`
 */
export async function openInstallation(
  { installationKey, installationKeyFile, dataDir }: InstallationSettings,
  buckets: Buckets,
): Promise<OpenedInstallation> {
  const bucket = await buckets.open("installation", { maxBytes: MAX_BYTES });
  const recordedId = async () => ((await bucket.get(ENTRY))?.value as { readonly id: string } | undefined)?.id;
  const file = installationKeyFile === undefined ? keyFileIn(dataDir) : resolve(installationKeyFile);
  // The record is read before the file, because another node makes the file before it records the key.
  const before = await recordedId();
  const given = installationKey === undefined ? keyIn(file) : parseKey(installationKey);
  if (given === undefined && before !== undefined) {
    const message = `this installation has a key (${before}), and there is none in ${file}`;
    throw new SettingsError([`${message}; ${GIVE_KEY}, or copy the file from another node or a backup`]);
  }
  const made = given === undefined && make(file);
  const key = given ?? keyIn(file);
  if (key === undefined) throw new SettingsError([`${file} was just made, and is gone; ${GIVE_KEY}`]);
  const sealer = sealerOf(key);
  const id =
    before ?? ((await bucket.create(ENTRY, { id: sealer.keyId })) === undefined ? await recordedId() : undefined);
  if (id === undefined || id === sealer.keyId) return { sealer, made: made ? file : undefined };
  if (made) rmSync(file, { force: true });
  const where = installationKey === undefined ? file : "FLEETLOG_INSTALLATION_KEY";
  throw new SettingsError([
    `${where} is not this installation's key: its id is ${sealer.keyId}, and this installation's is ${id}; nothing was changed; ${GIVE_KEY}`,
  ]);
}

/**
 * The sealer of this installation, for processes that make no key. Undefined before the first start of a gateway.
 * @throws SettingsError if the key is missing, or is not this installation's; FleetError `log-unavailable`
 */
export async function findInstallation(
  settings: InstallationSettings,
  buckets: Buckets,
): Promise<KeyedSealer | undefined> {
  const bucket = await buckets.open("installation", { maxBytes: MAX_BYTES }).catch((error: unknown) => {
    if (error instanceof BucketMissing) return undefined;
    throw error;
  });
  if ((await bucket?.get(ENTRY)) === undefined) return undefined;
  return (await openInstallation(settings, buckets)).sealer;
}

function keyIn(file: string): Buffer | undefined {
  const found = readKeyFile(file);
  if (found === undefined) return undefined;
  if ("key" in found) return found.key;
  throw new SettingsError([found.problem]);
}

function make(file: string): boolean {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return makeKeyFile(file);
  } catch (error) {
    throw new SettingsError([
      `no installation key is given, and one can't be made in ${file}: ${(error as Error).message}; ${GIVE_KEY}`,
    ]);
  }
}
