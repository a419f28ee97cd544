import { FleetError } from "@fleetlog/domain";
import { StreamMissing } from "../../errors.ts";
import type { StreamState } from "../../log.ts";
import type { StreamDeclaration } from "../../streams.ts";
import { ERR_CODE, isCreatedByOther, JetStreamApiFailure } from "../connection/api-error.ts";
import type { Capabilities } from "../connection/capabilities.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { streamInfo } from "./stream-info.ts";

interface StreamConfig {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: "limits";
  readonly storage: "file";
  readonly discard: "new" | "old";
  readonly max_bytes: number;
  readonly max_age: number;
  readonly num_replicas: number;
  readonly duplicate_window: number;
  readonly allow_direct: boolean;
  readonly allow_atomic?: boolean;
  readonly compression?: "s2" | "none";
}

interface StreamInfo {
  readonly config: StreamConfig;
  readonly state: {
    readonly messages: number;
    readonly bytes: number;
    readonly first_seq: number;
    readonly last_seq: number;
  };
}

const NANOS = 1_000_000;

/** nats-server applies a change of the compression only at its own start. */
const RESTART_SERVERS =
  "nats-server 2.15 may lose a stream that is both replicated and compressed, so its compression was turned off. A nats-server applies that only at its own start: restart those of the cluster, one after another";

/** The free space; infinite if the stream drops its oldest events or has no limit. */
export async function freeBytes(connection: ServerConnection, name: string): Promise<number> {
  const { config, state } = await streamInfo<StreamInfo>(connection, name);
  if (config.discard !== "new" || config.max_bytes < 0) return Number.POSITIVE_INFINITY;
  return config.max_bytes - state.bytes;
}

/** @throws FleetError `log-unavailable`, also while no server of a cluster leads the stream; {@link StreamMissing} */
export async function streamState(
  connection: ServerConnection,
  name: string,
  retryForMs?: number,
): Promise<StreamState> {
  const { config, state } = await streamInfo<StreamInfo>(connection, name, {}, retryForMs).catch((error: unknown) => {
    throw isNotFound(error) ? new StreamMissing(name, error) : error;
  });
  return {
    firstSeq: state.first_seq,
    lastSeq: state.last_seq,
    events: state.messages,
    bytes: state.bytes,
    maxBytes: config.max_bytes < 0 ? undefined : config.max_bytes,
    replicas: config.num_replicas,
  };
}

/**
 * Makes a missing stream, and changes one that differs. Only adds subjects: an older process must not remove the subjects of a
 * newer process.
 * Compresses a stream only if it has one copy. With replicas and `sync_interval: always`, nats-server 2.15
 * truncates a stream at its start to the last snapshot of the Raft log, and treats a compressed block as plain then.
 * @param updates false leaves a stream that differs unchanged, and makes none
 * @throws FleetError `log-unavailable` if the server rejects the configuration, or if it would delete history;
 * {@link StreamMissing} if this process may not make it
 */
export async function ensureStream(
  connection: ServerConnection,
  declared: StreamDeclaration,
  retryForMs: number,
  updates: boolean,
): Promise<void> {
  try {
    const existing = await find(connection, declared.name, retryForMs);
    if (existing instanceof JetStreamApiFailure) {
      if (!updates) throw new StreamMissing(declared.name, existing);
      await create(connection, declared, retryForMs);
    } else if (updates) await update(connection, declared, existing, retryForMs);
  } catch (error) {
    if (!(error instanceof JetStreamApiFailure)) throw error;
    throw streamError(declared, error.message, error);
  }
}

/** Resolves with the server's answer "stream not found" if there is none. */
async function find(
  connection: ServerConnection,
  name: string,
  retryForMs: number,
): Promise<StreamInfo | JetStreamApiFailure> {
  try {
    return await connection.api<StreamInfo>(`$JS.API.STREAM.INFO.${name}`, {}, retryForMs);
  } catch (error) {
    if (isNotFound(error)) return error;
    throw error;
  }
}

function isNotFound(error: unknown): error is JetStreamApiFailure {
  return error instanceof JetStreamApiFailure && error.body.err_code === ERR_CODE.streamNotFound;
}

async function create(connection: ServerConnection, declared: StreamDeclaration, retryForMs: number): Promise<void> {
  const config = configOf(declared, connection.capabilities);
  const compresses = connection.capabilities.compression && declared.replicas === 1;
  const request: StreamConfig = compresses ? { ...config, compression: "s2" } : config;
  try {
    await connection.api(`$JS.API.STREAM.CREATE.${declared.name}`, request, retryForMs);
  } catch (error) {
    const inUse = error instanceof JetStreamApiFailure && isCreatedByOther(error.body.err_code);
    const existing = inUse ? await find(connection, declared.name, retryForMs) : undefined;
    if (existing === undefined || existing instanceof JetStreamApiFailure) throw error;
    await update(connection, declared, existing, retryForMs);
  }
}

async function update(
  connection: ServerConnection,
  declared: StreamDeclaration,
  existing: StreamInfo,
  retryForMs: number,
): Promise<void> {
  const config = configOf(declared, connection.capabilities);
  const subjects = [...new Set([...existing.config.subjects, ...config.subjects])];
  const endsCompression = declared.replicas > 1 && existing.config.compression === "s2";
  const wanted: StreamConfig = {
    ...existing.config,
    ...config,
    subjects,
    ...(endsCompression ? { compression: "none" } : {}),
  };
  if (sameConfig(wanted, existing.config)) return;
  // Asks again: if the stream had no leader, the first answer may be that of an empty copy.
  if (declared.whenFull === "refuse-new")
    rejectDeletion(declared, wanted, await streamInfo<StreamInfo>(connection, declared.name, {}, retryForMs));
  await connection.api(`$JS.API.STREAM.UPDATE.${declared.name}`, wanted, retryForMs);
  connection.logger.info({ stream: declared.name }, "stream configuration updated");
  if (endsCompression) connection.logger.warn({ stream: declared.name }, RESTART_SERVERS);
}

/** nats-server deletes the oldest messages at once when a limit is lowered, even with `discard: new`. */
function rejectDeletion(declared: StreamDeclaration, wanted: StreamConfig, existing: StreamInfo): void {
  if (existing.state.bytes > wanted.max_bytes) {
    throw streamError(declared, `it holds ${existing.state.bytes} bytes, more than the declared ${wanted.max_bytes}`);
  }
  const kept = existing.config.max_age === 0 ? Number.POSITIVE_INFINITY : existing.config.max_age;
  if (wanted.max_age !== 0 && wanted.max_age < kept && existing.state.messages > 0) {
    throw streamError(declared, "a shorter age would delete existing events");
  }
}

function streamError(declared: StreamDeclaration, reason: string, cause?: unknown): FleetError {
  const { name, maxBytes, replicas } = declared;
  return new FleetError("log-unavailable", `stream ${name} can't be configured as declared: ${reason}`, {
    advice: `The declaration has at most ${maxBytes} bytes and ${replicas} replica(s). Compare them with the server's stream and limits. Nothing was changed.`,
    cause,
  });
}

function configOf(declared: StreamDeclaration, { atomicBatches }: Capabilities): StreamConfig {
  return {
    name: declared.name,
    subjects: declared.subjects,
    retention: "limits",
    storage: "file",
    discard: declared.whenFull === "refuse-new" ? "new" : "old",
    max_bytes: declared.maxBytes,
    max_age: (declared.maxAgeMs ?? 0) * NANOS,
    num_replicas: declared.replicas,
    // The server does not allow a window that is longer than the events' maximum age.
    duplicate_window: Math.min(declared.duplicateWindowMs, declared.maxAgeMs ?? declared.duplicateWindowMs) * NANOS,
    allow_direct: true,
    ...(atomicBatches ? { allow_atomic: true } : {}),
  };
}

function sameConfig(wanted: StreamConfig, existing: StreamConfig): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    const other = existing[key as keyof StreamConfig];
    return key === "subjects"
      ? [...wanted.subjects].sort().join() === [...existing.subjects].sort().join()
      : value === other;
  });
}
