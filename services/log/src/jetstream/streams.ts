import { FleetError } from "@fleetlog/domain";
import type { StreamState } from "../log.ts";
import type { StreamDeclaration } from "../streams.ts";
import { ERR_CODE, JetStreamApiFailure } from "./api-error.ts";
import type { Link } from "./link.ts";

/** What nats-server calls a stream's configuration, as far as we set it. Durations in nanoseconds. */
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
  readonly compression?: "s2";
}

interface StreamInfo {
  readonly config: StreamConfig & { readonly compression?: string };
  readonly state: {
    readonly messages: number;
    readonly bytes: number;
    readonly first_seq: number;
    readonly last_seq: number;
  };
}

const NANOS = 1_000_000;

/** Bytes that the stream can still take; without end where it drops the oldest or has no limit. */
export async function streamRoom(link: Link, name: string): Promise<number> {
  const { config, state } = await link.api<StreamInfo>(`$JS.API.STREAM.INFO.${name}`);
  if (config.discard !== "new" || config.max_bytes < 0) return Number.POSITIVE_INFINITY;
  return config.max_bytes - state.bytes;
}

export async function streamState(link: Link, name: string): Promise<StreamState> {
  const { config, state } = await link.api<StreamInfo>(`$JS.API.STREAM.INFO.${name}`);
  return {
    firstSeq: state.first_seq,
    lastSeq: state.last_seq,
    events: state.messages,
    bytes: state.bytes,
    maxBytes: config.max_bytes < 0 ? undefined : config.max_bytes,
  };
}

/**
 * Brings a stream to its declaration: creates it, or updates it where it differs. Several processes may do so at once.
 * Subjects are only ever added, so that an older process that starts beside a newer one takes nothing away from it.
 *
 * @throws FleetError `log-unavailable` that says what the server can't do, or that the declaration would delete history
 */
export async function ensureStream(link: Link, declared: StreamDeclaration, patienceMs: number): Promise<void> {
  try {
    const there = await find(link, declared.name, patienceMs);
    if (there === undefined) await create(link, declared, patienceMs);
    else await update(link, declared, there, patienceMs);
  } catch (error) {
    if (!(error instanceof JetStreamApiFailure)) throw error;
    throw refusal(declared, error.message, error);
  }
}

async function find(link: Link, name: string, patienceMs: number): Promise<StreamInfo | undefined> {
  try {
    return await link.api<StreamInfo>(`$JS.API.STREAM.INFO.${name}`, {}, patienceMs);
  } catch (error) {
    if (error instanceof JetStreamApiFailure && error.body.err_code === ERR_CODE.streamNotFound) return undefined;
    throw error;
  }
}

async function create(link: Link, declared: StreamDeclaration, patienceMs: number): Promise<void> {
  const config = configOf(declared);
  // Since nats-server 2.10; chosen once, so that a stream's blocks are all alike.
  const request = link.offers(2, 10) ? { ...config, compression: "s2" } : config;
  try {
    await link.api(`$JS.API.STREAM.CREATE.${declared.name}`, request, patienceMs);
  } catch (error) {
    // Another process was first, with other limits.
    const inUse = error instanceof JetStreamApiFailure && error.body.err_code === ERR_CODE.streamNameInUse;
    const there = inUse ? await find(link, declared.name, patienceMs) : undefined;
    if (there === undefined) throw error;
    await update(link, declared, there, patienceMs);
  }
}

async function update(link: Link, declared: StreamDeclaration, there: StreamInfo, patienceMs: number): Promise<void> {
  const config = configOf(declared);
  const subjects = [...new Set([...there.config.subjects, ...config.subjects])];
  const wanted: StreamConfig = { ...there.config, ...config, subjects } as StreamConfig;
  if (sameConfig(wanted, there.config)) return;
  if (declared.whenFull === "refuse-new") refuseToDelete(declared, wanted, there);
  await link.api(`$JS.API.STREAM.UPDATE.${declared.name}`, wanted, patienceMs);
  link.logger.info({ stream: declared.name }, "the stream was brought to its declaration");
}

/** nats-server makes room at once when a limit is lowered, whatever `discard` says: history would be gone. */
function refuseToDelete(declared: StreamDeclaration, wanted: StreamConfig, there: StreamInfo): void {
  if (there.state.bytes > wanted.max_bytes) {
    throw refusal(declared, `it holds ${there.state.bytes} bytes, more than the declared ${wanted.max_bytes}`);
  }
  const kept = there.config.max_age === 0 ? Number.POSITIVE_INFINITY : there.config.max_age;
  if (wanted.max_age !== 0 && wanted.max_age < kept && there.state.messages > 0) {
    throw refusal(declared, "a shorter age would delete events that are kept now");
  }
}

function refusal(declared: StreamDeclaration, why: string, cause?: unknown): FleetError {
  const { name, maxBytes, replicas } = declared;
  return new FleetError("log-unavailable", `stream ${name} can't be as it is declared: ${why}`, {
    advice: `Declared are ${maxBytes} bytes at most and ${replicas} replica(s). Nothing was changed; compare them with what the server has and allows.`,
    cause,
  });
}

function configOf(declared: StreamDeclaration): StreamConfig {
  return {
    name: declared.name,
    subjects: declared.subjects,
    retention: "limits",
    storage: "file",
    discard: declared.whenFull === "refuse-new" ? "new" : "old",
    max_bytes: declared.maxBytes,
    max_age: (declared.maxAgeMs ?? 0) * NANOS,
    num_replicas: declared.replicas,
    // The server wants it no longer than the events are kept.
    duplicate_window: Math.min(declared.duplicateWindowMs, declared.maxAgeMs ?? declared.duplicateWindowMs) * NANOS,
    allow_direct: true,
  };
}

function sameConfig(wanted: StreamConfig, there: StreamConfig): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    const other = there[key as keyof StreamConfig];
    return key === "subjects"
      ? [...wanted.subjects].sort().join() === [...there.subjects].sort().join()
      : value === other;
  });
}
