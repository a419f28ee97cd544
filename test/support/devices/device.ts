import type { CommandMessage } from "@fleetlog/protocol";

export interface StockDeviceOptions {
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly device: string;
  readonly token: string;
  /** Answers a command; a thrown error is the command's error. */
  readonly onCommand?: (command: CommandMessage) => unknown;
}

/** A device by the documented protocol with a stock client library, without Fleetlog's code. */
export interface StockDevice {
  telemetry(report: unknown): Promise<unknown>;
  profile(profile: unknown): Promise<unknown>;
  event(name: string, report: object): Promise<unknown>;
  /** Reports that a revision of its desired configuration is in use. */
  applied(revision: number): Promise<unknown>;
  readonly commands: readonly CommandMessage[];
  readonly closed: Promise<unknown>;
  close(): Promise<void>;
}

export type ConnectDevice = (options: StockDeviceOptions) => Promise<StockDevice>;
