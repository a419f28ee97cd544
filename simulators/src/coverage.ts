import { ConnectError, type Link, type Transport } from "@fleetlog/agent";

/** A radio that is in reach or not: out of reach its connection is cut without a word, and none can be made. */
export class Coverage {
  #covered = true;
  #link: Link | undefined;

  get covered(): boolean {
    return this.#covered;
  }

  lose(): void {
    this.#covered = false;
    this.#link?.cut();
  }

  regain(): void {
    this.#covered = true;
  }

  /** The same way to the gateway, as far as there is coverage. */
  over(transport: Transport): Transport {
    return {
      name: transport.name,
      connect: async (events, signal) => {
        if (!this.#covered) throw new ConnectError({ kind: "lost", reason: "no coverage" });
        const link = await transport.connect(events, signal);
        this.#link = link;
        // It may have gone while the connection was made.
        if (!this.#covered) link.cut();
        return link;
      },
    };
  }
}
