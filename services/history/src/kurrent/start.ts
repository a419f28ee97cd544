import { FleetError } from "@fleetlog/domain";
import type { ApiKeys, People } from "@fleetlog/identity";
import type { EventLog, Logger } from "@fleetlog/log";
import type { KnownRepeats } from "../telemetry/known-repeats.ts";
import { Keys } from "./access/keys.ts";
import { lostKeyReporter } from "./access/lost-keys.ts";
import { decodeReadRequest, type ReadRequest } from "./messages/read-request.ts";
import { DamagedOrdinals } from "./ordinals/file.ts";
import { Call } from "./reading/call.ts";
import { Library } from "./reading/library.ts";
import { answerRead } from "./reading/read.ts";
import { answerSubscription } from "./reading/subscribe.ts";
import { Refusal, refused } from "./refusals.ts";
import { CallLimit } from "./server/call-limit.ts";
import { type Listener, listen, type TlsMaterial } from "./server/listener.ts";
import { createGrpcServer } from "./server/services.ts";

export interface KurrentOptions {
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
  readonly material: TlsMaterial;
  readonly log: Pick<EventLog, "read" | "pages" | "subscribe" | "state">;
  readonly apiKeys: Pick<ApiKeys, "verify" | "isStored">;
  readonly people: Pick<People, "statusOf">;
  /** Folder for the index of ordinals, which only this process uses. */
  readonly folder: string;
  readonly telemetryRepeats: KnownRepeats;
  readonly logger: Logger;
  readonly clock?: () => number;
}

export interface KurrentEndpoint {
  readonly port: number;
  /** Rejects if the endpoint can't go on. */
  readonly failed: Promise<never>;
  /** Takes a renewed certificate for new connections. */
  use(material: TlsMaterial): void;
  close(): Promise<void>;
}

/** Serves the log to the clients of KurrentDB, read-only. */
export async function startKurrent(options: KurrentOptions): Promise<KurrentEndpoint> {
  const { log, apiKeys, people, folder, telemetryRepeats, logger, clock = Date.now } = options;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const library = await Library.open({ log, folder, telemetryRepeats, onFailed: failed.reject });
  const keys = new Keys(apiKeys, lostKeyReporter({ log, people, apiKeys, logger }));
  const limit = new CallLimit();
  let listener: Listener | undefined;
  const running = new Set<Promise<void>>();
  const server = createGrpcServer({
    keys,
    cut: (peer) => listener?.cut(peer),
    refusalOf(error) {
      // The next start counts the log again.
      if (error instanceof DamagedOrdinals) failed.reject(error);
      return refusalOf(error, logger);
    },
    async answer(bytes, outlet, grant) {
      const request = decoded(bytes);
      const leave = limit.enter(grant.person);
      try {
        const call = new Call({ request, outlet, grant, library });
        const answering = request.count === undefined ? answerSubscription(call, clock) : answerRead(call);
        running.add(answering);
        await answering.finally(() => running.delete(answering));
      } finally {
        leave();
      }
    },
  });
  let listening: Listener;
  try {
    listening = await listen(server, options);
    listener = listening;
  } catch (error) {
    keys.close();
    await library.close();
    throw error;
  }
  logger.info({ port: listening.port }, "the Kurrent endpoint listens");
  return {
    port: listening.port,
    failed: failed.promise,
    use: (material) => listening.use(material),
    async close() {
      await listening.close();
      library.endWaiting();
      await Promise.allSettled(running);
      keys.close();
      await library.close();
    },
  };
}

function decoded(bytes: Buffer): ReadRequest {
  try {
    return decodeReadRequest(bytes);
  } catch (error) {
    throw refused("invalid", `this is not a request: ${(error as Error).message}`);
  }
}

function refusalOf(error: unknown, logger: Logger): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof FleetError) return refused(error.code === "log-unavailable" ? "away" : "invalid", error.message);
  logger.error({ err: error }, "a call of the Kurrent endpoint failed");
  return refused("failed", "the call failed; the historian's log says why");
}
