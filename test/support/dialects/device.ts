import type { Api } from "../api.ts";
import type { RunningGateway } from "../stack.ts";

/** A device of a dialect, for the fault suites. It takes commands of one name, with a number as its parameter. */
export interface DialectDevice {
  readonly id: string;
  readonly command: string;
  /** The command's name by number, for a dialect in which only one command of a name may be open at a time. */
  commandOf?(number: number): string;
  /** The command's parameters as an operator writes them. */
  paramsOf(number: number, padding?: string): unknown;
  /** @param qos of an MQTT device's subscription; default 1 @throws Error if the gateway refuses the connection */
  connect(gateway: RunningGateway, qos?: 0 | 1): Promise<DialectConnection>;
}

export interface DialectConnection {
  /** Numbers of the commands that came over this connection. */
  readonly received: readonly number[];
  readonly closed: Promise<unknown>;
  /** How many of these commands the device has answered. */
  readonly answered: number;
  /** Answers the oldest command that has no answer. The connection may end with it. */
  answer(): Promise<unknown>;
  /** Bytes in the send queue of the gateway's socket: written by the gateway, not read by the device. */
  unread(): number;
  /** Stops and starts reading. */
  pause(): void;
  resume(): void;
  close(): Promise<unknown>;
}

export interface DialectKind {
  readonly dialect: string;
  /** The gateway sends a command only when the device has read the previous one. */
  readonly oneByOne?: true;
  /** Settings of the gateways. */
  readonly env: Readonly<Record<string, string>>;
  register(api: Api, id: string): Promise<DialectDevice>;
}
