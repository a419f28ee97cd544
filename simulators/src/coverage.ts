import { ConnectError, type Link, type Transport } from "@fleetlog/agent";

/** Simulates radio coverage: its loss cuts the connection, and prevents a new connection. */
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

  over(transport: Transport): Transport {
    return {
      name: transport.name,
      connect: async (events, signal) => {
        if (!this.#covered) throw new ConnectError({ kind: "lost", reason: "no coverage" });
        const link = await transport.connect(events, signal);
        this.#link = link;
        // Coverage may have been lost while the transport connected.
        if (!this.#covered) link.cut();
        return link;
      },
    };
  }
}
