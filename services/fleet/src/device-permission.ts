import { type Action, FleetError, type RecordedEvent } from "@fleetlog/domain";
import { steadyTime } from "@fleetlog/log";
import { allowOnDevice, allowWithNewest } from "./allow.ts";
import type { Caller } from "./caller.ts";
import type { Fleet } from "./dependencies/fleet.ts";

type Dependencies = Pick<Fleet, "log" | "views">;

interface Permitted {
  readonly fleet: Dependencies;
  readonly caller: Caller;
  readonly action: Action;
  readonly device: string;
}

/** A device's newest event, and when the log was asked for it, in milliseconds of {@link steadyTime}. */
export interface NewestEvent {
  readonly event: RecordedEvent;
  readonly at: number;
}

/** After this time, the log is asked whether the device has changed. */
const CHECK_MS = 500;
/** Milliseconds: longer than a check takes. */
const RECENT_MS = 5_000;

/**
 * A permission on a device, for appends to other subjects than the device's own. The expected sequence of such an
 * append does not refuse it after a move or retirement of the device. So the permission is renewed while views are
 * slow, and expires if the process was paused.
 */
export class DevicePermission {
  readonly #permitted: Permitted;
  #newest: RecordedEvent | undefined;
  /** When the device's newest event was asked for, in milliseconds of {@link steadyTime}. */
  #at: number;

  /** @param newest the device's newest event, after which the caller has the permission */
  constructor(permitted: Permitted, newest: RecordedEvent | undefined, at: number) {
    this.#permitted = permitted;
    this.#newest = newest;
    this.#at = at;
  }

  /** The device's newest event; undefined if the log was not asked for it, or the device was never registered. */
  get newest(): RecordedEvent | undefined {
    return this.#newest;
  }

  /** To be called at the end of each load. @throws as {@link allowOnDevice} if the caller has no permission any more */
  async renew(): Promise<void> {
    const { fleet, caller, action, device } = this.#permitted;
    for (let isSame = false; !isSame; ) {
      const at = steadyTime();
      if (at - this.#at < CHECK_MS) return;
      const newest = await fleet.log.last("device", device);
      isSame = newest?.seq === this.#newest?.seq;
      // Views may take so long that the log must be asked once more.
      if (!isSame) await allowOnDevice(fleet, caller, action, device);
      this.#newest = newest;
      this.#at = at;
    }
  }

  /** To be called before the append. @throws FleetError `unavailable` if this process was paused since `renew` */
  mustBeRecent(): void {
    if (steadyTime() - this.#at < RECENT_MS) return;
    throw new FleetError("unavailable", "this gateway was held up, and has done nothing", {
      advice: "Try again.",
      retryAfterMs: 1_000,
    });
  }
}

/** @throws as {@link allowOnDevice} */
export async function permissionOn(
  fleet: Dependencies,
  caller: Caller,
  action: Action,
  device: string,
): Promise<DevicePermission> {
  const at = steadyTime();
  const newest = await allowWithNewest(fleet, caller, action, device);
  return new DevicePermission({ fleet, caller, action, device }, newest, at);
}
