import type { Action } from "@fleetlog/domain";
import type { DirectoryEntry } from "@fleetlog/identity";
import type { CommandMessage } from "@fleetlog/protocol";
import type { DeviceReports } from "../sessions/index.ts";
import type { Params } from "../websocket/rpc/params.ts";

/** A method by which devices report. */
export interface JsonRpcReport<C> {
  readonly method: string;
  /** What a device does that calls it. */
  readonly action: Action;
  /**
   * What a call of it says; its result is `{seq}` once that is in the log.
   * @throws FleetError `invalid-request` naming the field that is wrong
   */
  read(params: Params, conversation: C): DeviceReports;
}

/** A method with a result of its own. */
export interface JsonRpcQuestion<C> {
  readonly method: string;
  readonly action: Action;
  /** @throws FleetError */
  answer(params: Params, conversation: C): Promise<unknown>;
}

/** A method that devices call. */
export type JsonRpcMethod<C> = JsonRpcReport<C> | JsonRpcQuestion<C>;

/** An event as clients of rpc-websockets know it. */
export interface JsonRpcEvent {
  readonly name: string;
  /** The listener's arguments: JSON, separated by commas. */
  readonly params: string;
}

/** Conventions of methods and events of one kind of device. */
export interface JsonRpcDialect<C extends JsonRpcConversation = JsonRpcConversation> {
  /** Beside those of rpc-websockets itself (`rpc.login`, `rpc.on`, `rpc.off`, `__listMethods`). */
  readonly methods: readonly JsonRpcMethod<C>[];
  /** Called once the device is authenticated. */
  converse(device: DirectoryEntry, peer: JsonRpcPeer): C;
}

/** What a dialect remembers of one connection, and how it speaks to the device. None of this throws. */
export interface JsonRpcConversation {
  /**
   * The events by which the command is sent now; an empty list where the device has all that it is to get. Undefined: not
   * now; it stays due until {@link JsonRpcPeer.offerCommands}. Called again for a command that could not be sent.
   */
  command(message: CommandMessage): readonly JsonRpcEvent[] | undefined;
  /** The command has ended, whoever ended it. */
  forget?(command: string): void;
  /** The session is open, and the answer to the log-in is sent. */
  opened?(): void;
  /** The device has subscribed to these, which it had not before; the answer is sent. */
  subscribed?(events: ReadonlySet<string>): void;
  /** The device has closed the connection, with this code (RFC 6455, 7.4.1): what that says, if anything. */
  closed?(code: number): DeviceReports;
  /** The connection has ended. Called once. */
  ended?(): void;
}

/** The connection, as far as a dialect uses it. */
export interface JsonRpcPeer {
  /** The events that the device has subscribed to. */
  readonly subscriptions: { has(event: string): boolean };
  /** Milliseconds. */
  readonly clock: () => number;
  /** Resolves true once the operating system has taken the event, false if it can't be sent. */
  sendEvent(event: JsonRpcEvent): Promise<boolean>;
  /** Commands that were not to be sent may be sent now; with `again`, those too that were sent but may not have been heard. */
  offerCommands(again?: (command: CommandMessage) => boolean): void;
}
