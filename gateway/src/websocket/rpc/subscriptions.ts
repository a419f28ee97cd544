import { FleetError } from "@fleetlog/domain";
import { NAME_PATTERN } from "@fleetlog/protocol";

const MOST = 64;
const namePattern = new RegExp(NAME_PATTERN);

/** The answers of rpc-websockets' own server, to the letter. */
const OK = "ok";
const INVALID = "provided event invalid";
const ALREADY = "socket has already been subscribed to event";
const NOT_SUBSCRIBED = "not subscribed";
const TOO_MANY = `more than ${MOST} events`;

/** Event name to what became of it. */
export type Outcome = Readonly<Record<string, string>>;

/** The events that one connection has subscribed to. Any name is allowed: who may issue which command is decided elsewhere. */
export class EventSubscriptions {
  readonly #names = new Set<string>();

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** `fresh`: those that were not there before. @throws FleetError `invalid-request` */
  add(params: unknown): { readonly outcome: Outcome; readonly fresh: ReadonlySet<string> } {
    const fresh = new Set<string>();
    const outcome = each(params, (name) => {
      if (!namePattern.test(name)) return INVALID;
      if (this.#names.has(name)) return ALREADY;
      if (this.#names.size >= MOST) return TOO_MANY;
      this.#names.add(name);
      fresh.add(name);
      return OK;
    });
    return { outcome, fresh };
  }

  /** @throws FleetError `invalid-request` */
  remove(params: unknown): Outcome {
    return each(params, (name) => {
      if (!namePattern.test(name)) return INVALID;
      return this.#names.delete(name) ? OK : NOT_SUBSCRIBED;
    });
  }
}

function each(params: unknown, act: (name: string) => string): Outcome {
  if (!Array.isArray(params) || params.length === 0 || params.length > MOST) {
    throw new FleetError("invalid-request", `params is not an array of 1 to ${MOST} event names`, { field: "params" });
  }
  const wrong = params.findIndex((name) => typeof name !== "string");
  if (wrong >= 0) {
    throw new FleetError("invalid-request", `params[${wrong}] is not a string`, { field: `params[${wrong}]` });
  }
  // From entries, not by assignment: a name may be `__proto__`.
  return Object.fromEntries((params as string[]).map((name) => [name, act(name)]));
}
