import { FleetError } from "@fleetlog/domain";
import { NAME_PATTERN } from "@fleetlog/protocol";
import { LazySet } from "@fleetlog/runtime";

const MOST = 64;
const namePattern = new RegExp(NAME_PATTERN);

/** The answer of rpc-websockets' own server. */
const OK = "ok";
const INVALID = "provided event invalid";
const ALREADY = "socket has already been subscribed to event";
const NOT_SUBSCRIBED = "not subscribed";
const TOO_MANY = `more than ${MOST} events`;

export type Outcome = Readonly<Record<string, string>>;

/** Any valid name is allowed: a subscription reveals nothing. */
export class EventSubscriptions {
  readonly #names = new LazySet<string>();

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Returns an answer for each name, and the new names. @throws FleetError `invalid-request` */
  add(params: unknown): { readonly outcome: Outcome; readonly added: ReadonlySet<string> } {
    const added = new Set<string>();
    const outcome = each(params, (name) => {
      if (!namePattern.test(name)) return INVALID;
      if (this.#names.has(name)) return ALREADY;
      if (this.#names.size >= MOST) return TOO_MANY;
      this.#names.add(name);
      added.add(name);
      return OK;
    });
    return { outcome, added };
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
  // Object.fromEntries, because a name may be `__proto__`.
  return Object.fromEntries((params as string[]).map((name) => [name, act(name)]));
}
