import { encodeToken, isDeviceId, parseDeviceId } from "@fleetlog/domain";
import type { Buckets } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { openOnUse } from "./store.ts";
import { hashOf, newDeviceToken, sameHash } from "./tokens.ts";

/** About 300 bytes a device. */
const MAX_BYTES = 1024 ** 3;

const Credential = Type.Union([
  Type.Object({ status: Type.Literal("valid"), hash: Type.String() }),
  Type.Object({ status: Type.Literal("revoked") }),
]);
type Credential = Static<typeof Credential>;
const checkCredential = checker(Credential);

/** Compared with when there is nothing to compare with: no token has this hash. */
const NO_HASH = "0".repeat(64);

/**
 * What a device was known by: its token of that revision, or a client certificate that names it, which the TLS listener
 * has checked.
 */
export type DeviceProof = { readonly by: "token"; readonly revision: number } | { readonly by: "certificate" };

/**
 * What devices prove themselves with: one token a device, of which only a hash is kept.
 * Every call rejects with FleetError `log-unavailable` while the store can't be reached.
 */
export interface DeviceCredentials {
  /**
   * Gives the device a new token, whatever it had before, and resolves with it: the only time that it is seen.
   * For registration; a retired id that is registered again comes to life with it.
   * @throws FleetError `invalid-request` if that is no device id
   */
  issue(device: string): Promise<string>;
  /**
   * As `issue`, but only for a device that never had a token: for one whose registration was cut short. Resolves with
   * undefined if it has one or had one.
   */
  issueFirst(device: string): Promise<string | undefined>;
  /**
   * Replaces a valid token; resolves with the new one, or undefined if the device has none (unknown or revoked), so
   * that a rotation which races with a retirement can't bring the device back.
   */
  rotate(device: string): Promise<string | undefined>;
  /** Resolves with a proof if that is the device's token; undefined for every other case alike. */
  verify(device: string, token: string): Promise<DeviceProof | undefined>;
  /**
   * For a device that a trusted client certificate names: resolves with a proof if it may come in, that is if it is
   * registered and its credentials are not revoked.
   */
  certified(device: string): Promise<DeviceProof | undefined>;
  /**
   * Whether a proof still holds: a token's while it is neither replaced nor revoked, a certificate's while the device's
   * credentials are not revoked. One look-up.
   */
  check(device: string, proof: DeviceProof): Promise<boolean>;
  /** Makes every token and certificate of the device worthless, for good or until `issue`. */
  revoke(device: string): Promise<void>;
}

export function deviceCredentials(buckets: Buckets): DeviceCredentials {
  const bucket = openOnUse(buckets, "credentials", { maxBytes: MAX_BYTES });

  async function read(device: string): Promise<{ credential: Credential; revision: number } | undefined> {
    if (!isDeviceId(device)) return undefined;
    const entry = await (await bucket()).get(keyOf(device));
    const checked = checkCredential(entry?.value);
    // What can't be read proves nothing.
    return entry !== undefined && checked.ok ? { credential: checked.value, revision: entry.revision } : undefined;
  }

  return {
    async issue(device) {
      const key = keyOf(parseDeviceId(device));
      const token = newDeviceToken(device);
      await (await bucket()).put(key, valid(token));
      return token;
    },

    async issueFirst(device) {
      const token = newDeviceToken(device);
      const revision = await (await bucket()).create(keyOf(parseDeviceId(device)), valid(token));
      return revision === undefined ? undefined : token;
    },

    async rotate(device) {
      const token = newDeviceToken(device);
      for (;;) {
        const found = await read(device);
        if (found?.credential.status !== "valid") return undefined;
        const revision = await (await bucket()).update(keyOf(device), valid(token), found.revision);
        if (revision !== undefined) return token;
      }
    },

    async verify(device, token) {
      const found = await read(device);
      const hash = found?.credential.status === "valid" ? found.credential.hash : NO_HASH;
      return sameHash(hashOf(token), hash) && found !== undefined
        ? { by: "token", revision: found.revision }
        : undefined;
    },

    async certified(device) {
      const found = await read(device);
      return found?.credential.status === "valid" ? { by: "certificate" } : undefined;
    },

    async check(device, proof) {
      const found = await read(device);
      if (found?.credential.status !== "valid") return false;
      return proof.by === "certificate" || found.revision === proof.revision;
    },

    async revoke(device) {
      const revoked: Credential = { status: "revoked" };
      await (await bucket()).put(keyOf(parseDeviceId(device)), revoked);
    },
  };
}

function valid(token: string): Credential {
  return { status: "valid", hash: hashOf(token) };
}

function keyOf(device: string): string {
  return `device.${encodeToken(device)}`;
}
