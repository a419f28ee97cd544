import { FleetError } from "@fleetlog/domain";
import { pauseAfter } from "@fleetlog/runtime";
import { errors } from "@nats-io/nats-core";
import { unreachable } from "../../errors.ts";
import { steadyTime } from "../../steady-time.ts";
import { ERR_CODE, JetStreamApiFailure, kindOf } from "./api-error.ts";
import { RETRIES, RETRY_FOR_MS, type ServerConnection } from "./server-connection.ts";
import { RAISE_FILE_STORE } from "./server-space.ts";

/** Lets a call wait longer than usual. The call must be idempotent. */
export interface Patience {
  /** @see steadyTime */
  readonly until: number;
  /** Called once, when the usual time is over. */
  readonly waiting: (cause: Error) => void;
}

/**
 * Errors of a server that has not taken the request. The leader of a cluster that is being formed does not know all
 * servers and streams yet, and the replicas of a new stream first elect a leader.
 */
const UNTAKEN: ReadonlySet<unknown> = new Set([ERR_CODE.noPeers, ERR_CODE.unavailable, ERR_CODE.streamNotFound]);

/**
 * Retries while no server takes the request: for two seconds, or as long as `patience` says.
 * @throws FleetError `log-full`, `log-unavailable`
 */
export async function attempt<T>(
  connection: Pick<ServerConnection, "up" | "whenUp">,
  call: () => Promise<T>,
  patience?: Patience,
): Promise<T> {
  const until = steadyTime() + RETRY_FOR_MS;
  let isLate = false;
  await connection.whenUp();
  for (let failures = 1; ; failures++) {
    const wait = pauseAfter(failures, RETRIES);
    try {
      return await call();
    } catch (cause) {
      if (!(cause instanceof Error)) throw unreachable(cause);
      const error = errorOf(cause);
      if (error.code !== "log-unavailable") throw error;
      const next = steadyTime() + wait;
      if (!isUntaken(cause) || next >= until) {
        if (patience === undefined || next >= patience.until || !connection.up || !mayRepeat(cause)) throw error;
        if (!isLate) patience.waiting(cause);
        isLate = true;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** A first start takes this long: a gateway makes the streams that the other processes wait for. */
const EXPECTED_MS = 5_000;

/**
 * Repeats an idempotent call while the server does not find a stream, which may exist (see {@link UNTAKEN}), or which a
 * gateway is about to make.
 * @throws FleetError `log-unavailable` if it does not find the stream in time; otherwise what the call throws
 */
export async function untilFound<T>(
  { logger }: Pick<ServerConnection, "logger">,
  stream: string,
  retryForMs: number,
  call: () => Promise<T>,
): Promise<T> {
  const began = steadyTime();
  let isLate = false;
  for (let failures = 1; ; failures++) {
    const wait = pauseAfter(failures, RETRIES);
    try {
      return await call();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const waited = steadyTime() + wait - began;
      if (waited >= retryForMs) throw error instanceof FleetError ? error : unreachable(error);
      if (waited >= EXPECTED_MS && !isLate) {
        isLate = true;
        logger.warn({ stream, reason: error.message }, "waiting for nats-server to find a stream");
      }
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** If a stream is not found although its name is in use, another process has just created it. */
const NOT_FOUND: ReadonlySet<unknown> = new Set([ERR_CODE.streamNotFound, ERR_CODE.streamNameInUse]);

export function isNotFound(error: unknown): error is Error {
  const failure = error instanceof FleetError ? error.cause : error;
  return failure instanceof JetStreamApiFailure && NOT_FOUND.has(failure.body.err_code);
}

function errorOf(cause: Error): FleetError {
  if (cause instanceof FleetError) return cause;
  return kindOf({ code: 0, description: cause.message }) === "full" ? fullBucket(cause) : unreachable(cause);
}

/** The error for a bucket that has reached its own limit, or that of the server. */
function fullBucket(cause: Error): FleetError {
  if (/maximum (bytes|messages)/i.test(cause.message))
    return new FleetError("log-full", "the bucket is full", { cause });
  return new FleetError("log-full", `nats-server has no space (${cause.message})`, {
    advice: `${RAISE_FILE_STORE}.`,
    cause,
  });
}

/** Repeats an idempotent call that got no answer: a cluster that elects a leader loses requests. */
export async function twice<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof errors.TimeoutError)) throw error;
    return call();
  }
}

/** A FleetError comes from {@link ServerConnection.api}, which has already repeated the call for the usual time. */
function mayRepeat(error: Error): boolean {
  if (isNotPermitted(error)) return false;
  return error instanceof FleetError || isUntaken(error) || error instanceof errors.TimeoutError;
}

/** Whether the server does not let this process use a subject. */
export function isNotPermitted(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof errors.PermissionViolationError || isNotPermitted(error.cause);
}

/** The client library does not export the class of `JetStreamNotEnabled`, so its name is compared. */
function isUntaken(error: Error): boolean {
  if (error instanceof errors.NoRespondersError || error.name === "JetStreamNotEnabled") return true;
  return UNTAKEN.has(error instanceof JetStreamApiFailure ? error.body.err_code : (error as { code?: unknown }).code);
}
