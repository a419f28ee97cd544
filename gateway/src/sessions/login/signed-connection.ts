import { setTimeout } from "node:timers/promises";
import type { CloseReason } from "@fleetlog/domain";
import type { MessageSigner } from "@fleetlog/identity";
import type {
  CertificateMessage,
  CommandCancellation,
  CommandMessage,
  ConfigurationMessage,
  SignedContent,
} from "@fleetlog/protocol";
import type { Logger } from "pino";
import type { Delivery, DeviceConnection } from "../connection.ts";

const RETRY_MS = 1_000;

export interface SigningOptions {
  readonly device: string;
  readonly connection: DeviceConnection;
  readonly signer: MessageSigner;
  readonly logger: Logger;
  readonly clock: () => number;
}

/** The connection of a device that was provisioned: signs messages to it. A message waits while signing fails. */
export class SignedConnection implements DeviceConnection {
  readonly #options: SigningOptions;

  constructor(options: SigningOptions) {
    this.#options = options;
  }

  get protocol() {
    return this.#options.connection.protocol;
  }

  get version(): string {
    return this.#options.connection.version;
  }

  get address(): string {
    return this.#options.connection.address;
  }

  get keepAliveSeconds(): number {
    return this.#options.connection.keepAliveSeconds ?? 0;
  }

  get closed(): boolean {
    return this.#options.connection.closed;
  }

  async deliver(message: CommandMessage, deliveries: number): Promise<Delivery> {
    const jws = await this.#sign({ command: message });
    return jws === undefined ? "blocked" : this.#options.connection.deliver({ ...message, jws }, deliveries);
  }

  async cancel(message: CommandCancellation): Promise<boolean> {
    const jws = await this.#sign({ cancelled: message });
    return jws === undefined || this.#options.connection.cancel({ ...message, jws });
  }

  async configure(message: ConfigurationMessage): Promise<boolean> {
    const jws = await this.#sign({ configuration: message });
    return jws !== undefined && this.#options.connection.configure({ ...message, jws });
  }

  certificate(message: CertificateMessage): Promise<boolean> {
    return this.#options.connection.certificate?.(message) ?? Promise.resolve(false);
  }

  forget(command: string): void {
    this.#options.connection.forget?.(command);
  }

  end(reason: CloseReason, detail?: string): void {
    this.#options.connection.end(reason, detail);
  }

  async #sign(content: SignedContent): Promise<string | undefined> {
    const { device, signer, logger, clock } = this.#options;
    while (!this.closed) {
      try {
        return await signer.sign({ device, issuedAt: new Date(clock()).toISOString(), ...content });
      } catch (err) {
        logger.warn({ err, device }, "could not sign a message; trying again");
        await setTimeout(RETRY_MS, undefined, { ref: false });
      }
    }
    return undefined;
  }
}
