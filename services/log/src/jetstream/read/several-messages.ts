import type { StreamName } from "@fleetlog/domain";
import { steadyTime } from "../../steady-time.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { NotSupported } from "./direct.ts";

/** Pause before the next attempt: a stream's server may be replaced by a newer one without a reconnection of this process. */
const AGAIN_MS = 60_000;

/** Knows from which streams one direct get can read several messages. */
export class SeveralMessages<Stream extends string = StreamName> {
  readonly #connection: Pick<ServerConnection, "capabilities" | "logger">;
  readonly #replicas: (stream: Stream) => number;
  /** By stream: milliseconds since 1970 until which its server counts as too old. */
  readonly #notBefore = new Map<Stream, number>();

  constructor(connection: Pick<ServerConnection, "capabilities" | "logger">, replicas: (stream: Stream) => number) {
    this.#connection = connection;
    this.#replicas = replicas;
  }

  from(stream: Stream): boolean {
    if (!this.#connection.capabilities.multiLast || this.#replicas(stream) > 1) return false;
    return steadyTime() >= (this.#notBefore.get(stream) ?? 0);
  }

  /** Resolves with undefined if the stream's server is too old. The caller then reads with a consumer. */
  async ifSupported<T>(stream: Stream, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof NotSupported)) throw error;
      if (!this.#notBefore.has(stream))
        this.#connection.logger.warn(
          { stream, reason: error.message },
          "the stream is on an older nats-server than this process's; reading it with consumers",
        );
      this.#notBefore.set(stream, steadyTime() + AGAIN_MS);
      return undefined;
    }
  }
}
