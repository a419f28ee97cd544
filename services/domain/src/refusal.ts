import type { EventTypes } from "./envelope.ts";

/** What both kinds of refusal have. One event a minute is recorded for each caller, action and code, with a count. */
interface Refused {
  /** The error code that the caller got. */
  readonly code: string;
  /** Address of the last refused caller, without its port. */
  readonly address: string;
  /** How many were refused since the event before this one. */
  readonly count: number;
}

/** Log-ins of a device were refused. Without `device`: log-ins under names that no device has. */
export interface LoginRefused {
  readonly type: "LoginRefused";
  readonly data: Refused & {
    readonly device?: string;
    readonly protocol: string;
    /** For operators only: why it was refused, such as `wrong token`. */
    readonly cause: string;
  };
}

/** Calls of a person or program were refused, for want of a valid credential, of a right, or or for sending too many. */
export interface CallRefused {
  readonly type: "CallRefused";
  readonly data: Refused & {
    /** The person's id; absent if the caller is not known. */
    readonly by?: string;
    /** The person's account; absent: `main`. */
    readonly account?: string;
    readonly action: string;
    /** The method and route of the last refused call: `POST /api/devices/:id/token`. */
    readonly call: string;
  };
}

export type RefusalEvent = LoginRefused | CallRefused;

/** The category in which each event type is stored. */
export const refusalEvents: EventTypes<RefusalEvent> = { LoginRefused: "access", CallRefused: "access" };

/**
 * The entity of a refusal: a device's id, or a text that no device has as its id, so that a device's last refusal is
 * the last event of its id in category `access`.
 */
export function entityOfRefusal({ type, data }: RefusalEvent): string {
  if (type === "LoginRefused") return data.device ?? "/devices";
  return data.by === undefined ? "/anonymous" : `/operators/${data.by}`;
}
