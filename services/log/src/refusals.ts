import { FleetError } from "@fleetlog/domain";

export function tooLarge(bytes: number): FleetError {
  return new FleetError("payload-too-large", `an event of ${bytes} bytes is too large for the log`);
}

export function overrun(): FleetError {
  return new FleetError("log-unavailable", "too many events wait for the log", { retryAfterMs: 1_000 });
}

export function full(): FleetError {
  return new FleetError("log-full", "the log is full and takes no new events", {
    advice: "Nothing was recorded. Give the log more room (FLEETLOG_FLEET_MAX_BYTES), then try again.",
  });
}

/** @param sent whether it was on its way to the log when the time was up */
export function outOfPatience(sent: boolean): FleetError {
  if (!sent) return new FleetError("log-unavailable", "the log is not reached; nothing was recorded");
  return new FleetError(
    "log-unavailable",
    "the log did not answer in time; whether it has recorded this is not known",
    {
      advice: "Look whether it was done before doing it again.",
    },
  );
}

export function closed(): FleetError {
  return new FleetError("log-unavailable", "the log is closed");
}

export function notStored(): FleetError {
  return new FleetError("log-unavailable", "the log was closed before it had stored the event");
}

export function movedOn(subject: string, expected: number | undefined): FleetError {
  return new FleetError("conflict", `${subject} has moved on from ${expected}`);
}

export function notReached(cause?: unknown): FleetError {
  return new FleetError(
    "log-unavailable",
    `the log is not reached${cause instanceof Error ? `: ${cause.message}` : ""}`,
    { cause },
  );
}
