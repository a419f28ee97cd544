import type { EventTypes } from "./envelope.ts";

/** One event a minute is recorded for each caller, action and code. */
interface Refused {
  /** The error code that the caller got. */
  readonly code: string;
  /** The address of the last refused caller, without the port. */
  readonly address: string;
  /** Refusals since the previous event. */
  readonly count: number;
}

/** Without `device`, the refused log-ins used names that belong to no device. */
export interface LoginRefused {
  readonly type: "LoginRefused";
  readonly data: Refused & {
    readonly device?: string;
    readonly protocol: string;
    readonly cause: string;
  };
}

/** The refused calls had no valid credential or right, or exceeded a rate limit. */
export interface CallRefused {
  readonly type: "CallRefused";
  readonly data: Refused & {
    readonly by?: string;
    /** The person's account; absent for `main`. */
    readonly account?: string;
    readonly action: string;
    /** The last refused call: `POST /api/devices/:id/token`. */
    readonly call: string;
  };
}

export type RefusalEvent = LoginRefused | CallRefused;

export const refusalEvents: EventTypes<RefusalEvent> = { LoginRefused: "access", CallRefused: "access" };

/**
 * The entity of a device's refusals is the device's id; the entity of all other refusals is a text that is no device
 * id. So the last event of an id in category `access` is the device's last refusal.
 */
export function entityOfRefusal({ type, data }: RefusalEvent): string {
  if (type === "LoginRefused") return data.device ?? "/devices";
  return data.by === undefined ? "/anonymous" : `/operators/${data.by}`;
}
