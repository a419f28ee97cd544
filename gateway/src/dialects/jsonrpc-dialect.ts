import type { Action } from "@fleetlog/domain";
import type { DirectoryEntry } from "@fleetlog/identity";
import type { CommandCancellation, CommandMessage, RenewedCertificate } from "@fleetlog/protocol";
import type { Params } from "../rpc/params.ts";
import type { DeviceReports } from "../sessions/index.ts";

/** A method for reports. */
export interface JsonRpcReportMethod<C> {
  readonly method: string;
  readonly action: Action;
  /**
   * The call's result is `{seq}`, sent when the log has stored the reports.
   * @throws FleetError `invalid-request` with the name of the invalid field
   */
  read(params: Params, conversation: C): DeviceReports;
}

/** A method that the dialect answers itself. */
export interface JsonRpcQueryMethod<C> {
  readonly method: string;
  readonly action: Action;
  /** @throws FleetError */
  answer(params: Params, conversation: C): Promise<unknown>;
}

export type JsonRpcMethod<C> = JsonRpcReportMethod<C> | JsonRpcQueryMethod<C>;

export interface JsonRpcEvent {
  readonly name: string;
  /** Arguments of the listener: JSON values, separated by commas. */
  readonly params: string;
}

export interface JsonRpcDialect<C extends JsonRpcConversation = JsonRpcConversation> {
  /** The methods that devices may call, except those of rpc-websockets, such as `rpc.on`. */
  readonly methods: readonly JsonRpcMethod<C>[];
  converse(device: DirectoryEntry, connection: JsonRpcDialectConnection): C;
}

/** A dialect's state and callbacks for one connection. Callbacks must not throw. */
export interface JsonRpcConversation {
  /**
   * The events to send now for the command; none if all were sent. Undefined: the command must wait, for example
   * because a similar command is running.
   * @param deliveries how often the command was delivered in earlier sessions
   */
  command(message: CommandMessage, deliveries: number): readonly JsonRpcEvent[] | undefined;
  cancelled?(message: CommandCancellation): JsonRpcEvent | undefined;
  readonly configurationEvent?: string;
  forget?(command: string): void;
  /** The session is open, and the log-in was answered. */
  opened?(): void;
  /** A subscription was answered. @param events the newly subscribed events */
  subscribed?(events: ReadonlySet<string>): void;
  /** The device has closed the connection with this code (RFC 6455, 7.4.1). Returns reports that the close implies. */
  closed?(code: number): DeviceReports;
  ended?(): void;
}

/** The connection, as a dialect sees it. */
export interface JsonRpcDialectConnection {
  readonly subscriptions: { has(event: string): boolean };
  /** The time in milliseconds. */
  readonly clock: () => number;
  /** Resolves with true when the operating system has accepted the event, false if it can't be sent. */
  sendEvent(event: JsonRpcEvent): Promise<boolean>;
  /**
   * Resolves with true when the device has read everything that was sent so far, with false if the connection ends
   * first.
   */
  ping(): Promise<boolean>;
  /**
   * Appends reports that are in no message of the device, such as reports that its behaviour implies.
   * @throws FleetError as `DeviceSession.report` does
   */
  report(reports: DeviceReports): Promise<number>;
  /**
   * Calls `command` again for all commands for which it has returned undefined. @param again selects sent commands that
   * the device may have missed, because it had not subscribed yet
   */
  offerCommands(again?: (command: CommandMessage) => boolean): void;
  configurationSubscribed(): void;
  /** @throws FleetError */
  renewCertificate(csr: string): Promise<RenewedCertificate>;
}
