import { encodeToken, isDeviceId, MAIN_ACCOUNT, parseDeviceId } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { hashOf, newDeviceToken, sameHash } from "./tokens.ts";

/** About 300 bytes a device. */
const MAX_BYTES = 1024 ** 3;

const Credential = Type.Union([
  Type.Object({
    status: Type.Literal("valid"),
    hash: Type.String(),
    /** The token before this one, if it stays valid for a time: `revision` is that of its proofs. */
    previous: Type.Optional(Type.Object({ hash: Type.String(), revision: Type.Integer(), until: Type.Integer() })),
    /** Absent for `main`. */
    account: Type.Optional(Type.String()),
  }),
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
export type DeviceProof = ({ readonly by: "token"; readonly revision: number } | { readonly by: "certificate" }) & {
  /** The device's account when it was authenticated; absent for `main`. */
  readonly account?: string;
};

/**
 * Device credentials: one token for each device, stored as a hash, and for a time the token before it.
 * Every call rejects with FleetError `log-unavailable` while the store can't be reached.
 */
export interface DeviceCredentials {
  /**
   * Gives the device a new token, which replaces any earlier credential. Resolves with the token, which can't be read
   * later. For the registration of a device, also if its id was retired.
   * @throws FleetError `invalid-request` for an invalid device id
   */
  issue(device: string, account?: string): Promise<string>;
  /**
   * As `issue`, but only for a device that never had a token, to complete an interrupted registration. Resolves with
   * undefined if the device has or had a token.
   */
  issueFirst(device: string, account?: string): Promise<string | undefined>;
  /**
   * Records that the device belongs to another account. Proofs of earlier log-ins end, so that its sessions begin anew in
   * that account. Without a valid credential, or if it is recorded already, nothing changes.
   */
  move(device: string, account: string): Promise<void>;
  /**
   * Replaces a valid token; it stays valid until `previousUntil` (milliseconds since the epoch), if that is given. Any token
   * before it ends at once, so that at most two are valid. Resolves with the new token, or with undefined if the device has no token or its token is
   * revoked, so that a rotation concurrent with a retirement can't restore access.
   */
  rotate(device: string, previousUntil?: number): Promise<string | undefined>;
  /** Resolves with a proof if `token` is a valid token of the device, otherwise with undefined. */
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
  /**
   * Until when a proof is valid, milliseconds since the epoch: infinity if nothing limits it, undefined if it is not valid.
   */
  validUntil(device: string, proof: DeviceProof): Promise<number | undefined>;
  /** For operators: why a credential is not valid. Undefined if the device has none. */
  statusOf(device: string): Promise<"valid" | "revoked" | undefined>;
  /** Revokes the device's token and certificates until `issue` is called. */
  revoke(device: string): Promise<void>;
}

/** @param clock milliseconds since the epoch */
export function deviceCredentials(buckets: Buckets, clock: () => number = Date.now): DeviceCredentials {
  const bucket = openOnUse(buckets, "credentials", { maxBytes: MAX_BYTES });

  async function read(device: string): Promise<{ credential: Credential; revision: number } | undefined> {
    if (!isDeviceId(device)) return undefined;
    const entry = await (await bucket()).get(keyOf(device));
    const checked = checkCredential(entry?.value);
    // An unreadable entry counts as none.
    return entry !== undefined && checked.ok ? { credential: checked.value, revision: entry.revision } : undefined;
  }

  async function validUntil(device: string, proof: DeviceProof): Promise<number | undefined> {
    const found = await read(device);
    if (found?.credential.status !== "valid" || found.credential.account !== proof.account) return undefined;
    if (proof.by === "certificate" || found.revision === proof.revision) return Number.POSITIVE_INFINITY;
    const { previous } = found.credential;
    return previous?.revision === proof.revision && clock() < previous.until ? previous.until : undefined;
  }

  return {
    async issue(device, account) {
      const key = keyOf(parseDeviceId(device));
      const token = newDeviceToken(device);
      await (await bucket()).put(key, valid(token, account));
      return token;
    },

    async issueFirst(device, account) {
      const token = newDeviceToken(device);
      const revision = await (await bucket()).create(keyOf(parseDeviceId(device)), valid(token, account));
      return revision === undefined ? undefined : token;
    },

    async rotate(device, previousUntil) {
      const token = newDeviceToken(device);
      for (;;) {
        const found = await read(device);
        if (found?.credential.status !== "valid") return undefined;
        const { credential, revision: before } = found;
        const previous =
          previousUntil === undefined ? undefined : { hash: credential.hash, revision: before, until: previousUntil };
        const rotated = valid(token, credential.account, previous);
        const revision = await (await bucket()).update(keyOf(device), rotated, before);
        if (revision !== undefined) return token;
      }
    },

    async move(device, account) {
      for (;;) {
        const found = await read(device);
        if (found?.credential.status !== "valid" || (found.credential.account ?? MAIN_ACCOUNT) === account) return;
        const { account: _, ...credential } = found.credential;
        const moved = { ...credential, ...ofAccount(account) };
        if ((await (await bucket()).update(keyOf(device), moved, found.revision)) !== undefined) return;
      }
    },

    async verify(device, token) {
      const found = await read(device);
      const { hash = NO_HASH, previous, account } = found?.credential.status === "valid" ? found.credential : {};
      const given = hashOf(token);
      const isCurrent = sameHash(given, hash);
      const isPrevious = sameHash(given, previous?.hash ?? NO_HASH);
      if (found === undefined) return undefined;
      if (isCurrent) return { by: "token", revision: found.revision, ...ofAccount(account) };
      return isPrevious && previous !== undefined && clock() < previous.until
        ? { by: "token", revision: previous.revision, ...ofAccount(account) }
        : undefined;
    },

    async verifyCertificate(device) {
      const found = await read(device);
      if (found?.credential.status !== "valid") return undefined;
      return { by: "certificate", ...ofAccount(found.credential.account) };
    },

    async check(device, proof) {
      return (await validUntil(device, proof)) !== undefined;
    },

    validUntil,

    async statusOf(device) {
      return (await read(device))?.credential.status;
    },

    async revoke(device) {
      const revoked: Credential = { status: "revoked" };
      await (await bucket()).put(keyOf(parseDeviceId(device)), revoked);
    },
  };
}

function valid(
  token: string,
  account: string | undefined,
  previous?: (Credential & { status: "valid" })["previous"],
): Credential {
  return { status: "valid", hash: hashOf(token), ...ofAccount(account), ...(previous !== undefined && { previous }) };
}

/** As little as possible: nearly every device is of `main`, and each log-in makes a proof. */
function ofAccount(account: string | undefined): { readonly account?: string } {
  return account === undefined || account === MAIN_ACCOUNT ? {} : { account };
}

function keyOf(device: string): string {
  return `device.${encodeToken(device)}`;
}
