import { FleetError } from "@fleetlog/domain";

/**
 * For a change that first ends access and then records this. If the log refuses the event, the error says that access has
 * ended.
 * @param done what has already happened, as a sentence without its full stop
 * @returns a function that always throws
 */
export function butEnded(done: string): (error: unknown) => never {
  return (error) => {
    if (!isUnrecorded(error)) throw error;
    throw new FleetError(error.code, `${error.message}. ${done}, but this may not be recorded`, {
      advice: "Repeat it once the log accepts events again.",
      cause: error,
    });
  };
}

/** Whether the log has refused an event, or not answered. */
export function isUnrecorded(error: unknown): error is FleetError {
  return error instanceof FleetError && (error.code === "log-full" || error.code === "log-unavailable");
}
