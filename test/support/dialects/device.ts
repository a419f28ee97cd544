import type { Api } from "../api.ts";
import type { RunningGateway } from "../stack.ts";

/** A device of a dialect, for the fault suites. It takes commands of one name, with a number as its parameter. */
export interface DialectDevice {
  readonly id: string;
  readonly command: string;
  /** How the command's parameters are written by an operator. */
  paramsOf(number: number, padding?: string): unknown;
  /** @throws Error if the gateway refuses the connection */
  connect(gateway: RunningGateway): Promise<DialectConnection>;
}

export interface DialectConnection {
  /** Numbers of the commands that came over this connection. */
  readonly received: readonly number[];
  readonly closed: Promise<unknown>;
  /** How many of them have their answer. */
  readonly answered: number;
  /** Answers the oldest command that has no answer. The connection may end with it. */
  answer(): Promise<unknown>;
  /** Stops and starts reading. */
  pause(): void;
  resume(): void;
  close(): Promise<unknown>;
}

export interface DialectKind {
  readonly dialect: string;
  /** Settings of the gateways. */
  readonly env: Readonly<Record<string, string>>;
  register(api: Api, id: string): Promise<DialectDevice>;
}
