import { FleetError } from "@fleetlog/domain";

export function payloadTooLarge(bytes: number): FleetError {
  return new FleetError("payload-too-large", `an event of ${bytes} bytes is too large for the log`);
}

export function queueFull(): FleetError {
  return new FleetError("log-unavailable", "too many events are waiting for the log", { retryAfterMs: 1_000 });
}

export function logFull(): FleetError {
  return new FleetError("log-full", "the log is full and takes no new events", {
    advice: "Nothing was recorded. Give the log more room (FLEETLOG_FLEET_MAX_BYTES), then try again.",
  });
}

/** @param sent whether the log may have received the append */
export function timedOut(sent: boolean): FleetError {
  if (!sent) return new FleetError("log-unavailable", "the log can't be reached; nothing was recorded");
  return new FleetError(
    "log-unavailable",
    "the log did not answer in time; it is not known whether this was recorded",
    {
      advice: "Check whether it was recorded before you repeat it.",
    },
  );
}

export function logClosed(): FleetError {
  return new FleetError("log-unavailable", "the log is closed");
}

export function closedBeforeStored(): FleetError {
  return new FleetError("log-unavailable", "the log was closed before the event was stored");
}

export function wrongLastSequence(subject: string, expected: number | undefined): FleetError {
  return new FleetError("conflict", `the last sequence of ${subject} is not ${expected} any more`);
}

export function unreachable(cause?: unknown): FleetError {
  return new FleetError(
    "log-unavailable",
    `the log can't be reached${cause instanceof Error ? `: ${cause.message}` : ""}`,
    { cause },
  );
}

/** The bucket does not exist, and this process may not make it. */
export class BucketMissing extends FleetError {
  constructor(bucket: string, cause: unknown) {
    super("log-unavailable", `the bucket ${bucket} does not exist yet`, {
      advice: "A gateway makes it at its start; if it can't, its log says why.",
      cause,
    });
  }
}

/** The stream does not exist, and this process may not make it. */
export class StreamMissing extends FleetError {
  constructor(stream: string, cause: unknown) {
    super("log-unavailable", `the stream ${stream} does not exist yet`, {
      advice: "A gateway makes it at its start; if it can't, its log says why.",
      cause,
    });
  }
}
