import { timingSafeEqual } from "node:crypto";
import { type ArtifactId, FleetError } from "@fleetlog/domain";
import type { Sealer } from "@fleetlog/identity";

const PURPOSE = "artifact-download";

/** The download that a signed link allows. */
export interface DownloadGrant extends ArtifactId {
  /** Who may download: `people/<id>`, `devices/<id>` or `provision-requests/<id>`. */
  readonly for: string;
  /** Seconds since 1970. */
  readonly expires: number;
}

/** Links to downloads, signed with a key that all nodes have. So each node can check them, and none has to be stored. */
export class SignedLinks {
  readonly #sealer: Pick<Sealer, "hash">;
  readonly #clock: () => number;

  constructor(sealer: Pick<Sealer, "hash">, clock: () => number) {
    this.#sealer = sealer;
    this.#clock = clock;
  }

  sign(grant: DownloadGrant): string {
    const { account, name, version, expires } = grant;
    const query = new URLSearchParams({
      account,
      for: grant.for,
      expires: String(expires),
      signature: this.#of(grant),
    });
    return `/api/downloads/${encodeURIComponent(name)}/${encodeURIComponent(version)}?${query}`;
  }

  /** @throws FleetError `forbidden` if the link was changed or has expired */
  verify(grant: DownloadGrant, signature: string): void {
    const [given, expected] = [signature, this.#of(grant)].map((text) => Buffer.from(text));
    const isSigned = given !== undefined && expected?.length === given.length && timingSafeEqual(given, expected);
    if (!isSigned) throw refusal("this link is not signed by this installation");
    if (this.#clock() >= grant.expires * 1_000) throw refusal("this link has expired");
  }

  #of({ account, name, version, for: who, expires }: DownloadGrant): string {
    return this.#sealer.hash(PURPOSE, JSON.stringify([account, name, version, who, expires]));
  }
}

function refusal(message: string): FleetError {
  return new FleetError("forbidden", message, { advice: "Ask for a new link." });
}
