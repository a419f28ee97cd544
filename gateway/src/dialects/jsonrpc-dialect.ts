import type { Action } from "@fleetlog/domain";
import type { DirectoryEntry } from "@fleetlog/identity";
import type { CommandCancellation, CommandMessage, RenewedCertificate } from "@fleetlog/protocol";
import type { Params } from "../rpc/params.ts";
import type { DeviceReports } from "../sessions/index.ts";

/** A method that devices call to send reports. */
export interface JsonRpcReportMethod<C> {
  readonly method: string;
  /** The action that a device must be allowed in order to call the method. */
  readonly action: Action;
  /**
   * Reads the reports of one call. The call's result is `{seq}`, sent once the log has stored the reports.
   * @throws FleetError `invalid-request` that names the wrong field
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

/** A method that devices call. */
export type JsonRpcMethod<C> = JsonRpcReportMethod<C> | JsonRpcQueryMethod<C>;

/** An event in the format of rpc-websockets. */
export interface JsonRpcEvent {
  readonly name: string;
  /** The listener's arguments: JSON, separated by commas. */
  readonly params: string;
}

/** The methods and events of one kind of device. */
export interface JsonRpcDialect<C extends JsonRpcConversation = JsonRpcConversation> {
  /**
   * The dialect's own methods. Every dialect also has those of rpc-websockets (`rpc.login`, `rpc.on`, `rpc.off`,
   * `__listMethods`).
   */
  readonly methods: readonly JsonRpcMethod<C>[];
  /** Called once the device is authenticated. */
  converse(device: DirectoryEntry, connection: JsonRpcDialectConnection): C;
}

/** A dialect's state for one connection, and the callbacks of that connection. They must not throw. */
export interface JsonRpcConversation {
  /**
   * Returns the events to send now for the command. The list is empty if all of them were sent before. Returns
   * undefined if the command can't be sent now, for example because a similar command is still running. After
   * undefined, the command is offered again at {@link JsonRpcDialectConnection.offerCommands}. If events were returned
   * but could not be sent, the gateway calls `command` again for it.
   */
  command(message: CommandMessage): readonly JsonRpcEvent[] | undefined;
  /** Returns the event that tells the device to stop a command; undefined if the dialect has none. */
  cancelled?(message: CommandCancellation): JsonRpcEvent | undefined;
  /** The event of the desired configuration; absent if the dialect has none. */
  readonly configurationEvent?: string;
  /** Called when the command has ended, for whatever reason. */
  forget?(command: string): void;
  /** Called when the session is open and the answer to the log-in is sent. */
  opened?(): void;
  /** Called after the answer to a subscription, with the events that were not subscribed before. */
  subscribed?(events: ReadonlySet<string>): void;
  /**
   * Called when the device closes the connection with this code (RFC 6455, 7.4.1). Returns the reports that the close
   * implies.
   */
  closed?(code: number): DeviceReports;
  /** Called once, when the connection has ended. */
  ended?(): void;
}

/** The part of the gateway's connection to a device that its dialect uses. */
export interface JsonRpcDialectConnection {
  /** The events that the device has subscribed to. */
  readonly subscriptions: { has(event: string): boolean };
  /** The current time, milliseconds. */
  readonly clock: () => number;
  /** Resolves true once the operating system has accepted the event, false if it can't be sent. */
  sendEvent(event: JsonRpcEvent): Promise<boolean>;
  /**
   * Offers again the commands for which `command` returned undefined. With `again`, also offers sent commands that this
   * function selects, because the device may not have subscribed to their events in time.
   */
  offerCommands(again?: (command: CommandMessage) => boolean): void;
  /** The device has subscribed to its desired configuration, which is then sent. */
  configurationSubscribed(): void;
  /** Issues the successor of the certificate that the device has logged in with. @throws FleetError */
  renewCertificate(csr: string): Promise<RenewedCertificate>;
}
