import { encodeToken, isDeviceId, parseDeviceId } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { hashOf, newDeviceToken, sameHash } from "./tokens.ts";

/** About 300 bytes a device. */
const MAX_BYTES = 1024 ** 3;

const Credential = Type.Union([
  Type.Object({ status: Type.Literal("valid"), hash: Type.String() }),
  Type.Object({ status: Type.Literal("revoked") }),
]);
type Credential = Static<typeof Credential>;
const checkCredential = checker(Credential);

/**
 * A hash that no token has. Without a valid credential, a token is compared with it, so that every check does the same.
 */
const NO_HASH = "0".repeat(64);

/**
 * How a device was authenticated: by the token of this revision, or by a client certificate that the TLS listener
 * checked.
 */
export type DeviceProof = { readonly by: "token"; readonly revision: number } | { readonly by: "certificate" };

/**
 * Device credentials: one token for each device, stored as a hash.
 * Every call rejects with FleetError `log-unavailable` while the store can't be reached.
 */
export interface DeviceCredentials {
  /**
   * Gives the device a new token, which replaces any earlier credential. Resolves with the token, which can't be read
   * later. For the registration of a device, also if its id was retired.
   * @throws FleetError `invalid-request` for an invalid device id
   */
  issue(device: string): Promise<string>;
  /**
   * As `issue`, but only for a device that never had a token, to complete an interrupted registration. Resolves with
   * undefined if the device has or had a token.
   */
  issueFirst(device: string): Promise<string | undefined>;
  /**
   * Replaces a valid token. Resolves with the new token, or with undefined if the device has no token or its token is
   * revoked, so that a rotation concurrent with a retirement can't restore access.
   */
  rotate(device: string): Promise<string | undefined>;
  /** Resolves with a proof if `token` is the device's valid token, otherwise with undefined. */
  verify(device: string, token: string): Promise<DeviceProof | undefined>;
  /**
   * For a device that a trusted client certificate names: resolves with a proof if the device is registered and its
   * credentials are not revoked.
   */
  verifyCertificate(device: string): Promise<DeviceProof | undefined>;
  /**
   * Re-validates a proof with one look-up. A token's proof is valid until the token is replaced or revoked, a
   * certificate's until the device's credentials are revoked.
   */
  check(device: string, proof: DeviceProof): Promise<boolean>;
  /** For operators: why a credential is not valid. Undefined if the device has none. */
  statusOf(device: string): Promise<"valid" | "revoked" | undefined>;
  /** Revokes the device's token and certificates until `issue` is called. */
  revoke(device: string): Promise<void>;
}

export function deviceCredentials(buckets: Buckets): DeviceCredentials {
  const bucket = openOnUse(buckets, "credentials", { maxBytes: MAX_BYTES });

  async function read(device: string): Promise<{ credential: Credential; revision: number } | undefined> {
    if (!isDeviceId(device)) return undefined;
    const entry = await (await bucket()).get(keyOf(device));
    const checked = checkCredential(entry?.value);
    // An unreadable entry counts as none.
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

    async verifyCertificate(device) {
      const found = await read(device);
      return found?.credential.status === "valid" ? { by: "certificate" } : undefined;
    },

    async check(device, proof) {
      const found = await read(device);
      if (found?.credential.status !== "valid") return false;
      return proof.by === "certificate" || found.revision === proof.revision;
    },

    async statusOf(device) {
      return (await read(device))?.credential.status;
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
