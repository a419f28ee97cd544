import { FleetError } from "@fleetlog/domain";
import type { CommandMessage, RenewedCertificate } from "@fleetlog/protocol";
import type { JsonRpcDialectConnection, JsonRpcEvent } from "../dialects/index.ts";
import type { AnySession, DeviceReports } from "../sessions/index.ts";
import type { ConnectionContext } from "./context.ts";
import type { Sending } from "./sending.ts";

/** The connection, as its dialect's side sees it. */
export interface DialectConnectionOwner {
  readonly context: ConnectionContext;
  /** Undefined before the log-in. */
  readonly session: AnySession | undefined;
  readonly subscriptions: { has(event: string): boolean };
  readonly sending: Sending;
}

/** A WebSocket connection for its dialect. */
export class DialectConnection implements JsonRpcDialectConnection {
  readonly #owner: DialectConnectionOwner;

  constructor(owner: DialectConnectionOwner) {
    this.#owner = owner;
  }

  get subscriptions(): { has(event: string): boolean } {
    return this.#owner.subscriptions;
  }

  get clock(): () => number {
    return this.#owner.context.clock;
  }

  sendEvent(event: JsonRpcEvent): Promise<boolean> {
    return this.#owner.sending.event(event);
  }

  ping(): Promise<boolean> {
    return this.#owner.sending.ping();
  }

  async report(reports: DeviceReports): Promise<number> {
    return (await this.#owner.session?.report(reports)) ?? 0;
  }

  offerCommands(again?: (command: CommandMessage) => boolean): void {
    this.#owner.session?.offerCommands(again);
  }

  configurationSubscribed(): void {
    this.#owner.session?.configurationSubscribed();
  }

  renewCertificate(csr: string): Promise<RenewedCertificate> {
    const { session } = this.#owner;
    if (session === undefined) throw new FleetError("unauthenticated", "this connection has not logged in");
    return session.renewCertificate(csr);
  }
}
