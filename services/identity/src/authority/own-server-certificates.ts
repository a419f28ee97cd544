import { X509Certificate } from "node:crypto";
import type { Authority, ServerCertificate } from "./authority.ts";

const DAY = 86_400_000;
const LIFETIME = 90 * DAY;

/** A server's certificates from the installation's authority. They are kept in memory, with their keys. */
export class OwnServerCertificates {
  readonly #authority: Pick<Authority, "chain" | "issueServer">;
  readonly #names: () => readonly string[];
  readonly #clock: () => number;
  #issued: { readonly of: string; readonly renewAt: number; readonly all: readonly ServerCertificate[] } | undefined;

  constructor(
    authority: Pick<Authority, "chain" | "issueServer">,
    { names, clock }: { names: () => readonly string[]; clock: () => number },
  ) {
    this.#authority = authority;
    this.#names = names;
    this.#clock = clock;
  }

  /**
   * One certificate for each kind of key. Renewed when a third of its lifetime is left, and for a new authority or new
   * names of this machine.
   * @throws FleetError `log-unavailable`
   */
  async current(): Promise<readonly ServerCertificate[]> {
    const names = this.#names();
    const of = JSON.stringify([await this.#authority.chain(), [...names].sort()]);
    if (this.#issued?.of !== of || this.#clock() >= this.#issued.renewAt) {
      const all = await this.#authority.issueServer(names, LIFETIME);
      const ends = all.map(({ certificate }) => new X509Certificate(certificate).validToDate.getTime());
      const now = this.#clock();
      // An authority that expires soon gives a shorter lifetime.
      this.#issued = { of, renewAt: now + ((Math.min(...ends) - now) * 2) / 3, all };
    }
    return this.#issued.all;
  }
}
