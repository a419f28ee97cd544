import type { CommandMessage } from "@fleetlog/protocol";
import { LazyMap } from "@fleetlog/runtime";

/** Calls that do no harm when the device gets them twice. */
const REPEATABLE: ReadonlySet<string> = new Set([
  "get_status",
  "get_gpio",
  "set_gpio",
  "get_rtc",
  "get_mac",
  "get_ip",
  "get_subnet",
  "get_gateway",
]);

const MOST_EARLY = 4;
const LARGEST_EARLY_BYTES = 16 * 1_024;

type Call = Pick<CommandMessage, "id" | "params">;

/** The calls of one connection. Answers name only the api, so an api has one call at a time. */
export class Calls {
  readonly #running = new LazyMap<string, Call>();
  /** Calls that were sent on an earlier connection and are not sent again. The device may still answer them. */
  readonly #earlier = new LazyMap<string, Call>();

  /**
   * Early answers, by api: the device answered a call of an earlier connection before that call was offered here again.
   */
  readonly #early = new LazyMap<string, unknown>();

  /** Whether to send the call now. */
  begin({ id, name, params }: CommandMessage, deliveries: number): boolean {
    if (deliveries > 0 && !REPEATABLE.has(name)) {
      this.#earlier.set(name, { id, params });
      return false;
    }
    if ((this.#running.get(name)?.id ?? id) !== id) return false;
    this.#running.set(name, { id, params });
    this.#early.delete(name);
    return true;
  }

  /**
   * Keeps an early answer, unless the call is repeatable: then the call is sent again, and the device answers again.
   */
  keepEarly(api: string, value: unknown, bytes: number): void {
    if (!REPEATABLE.has(api) && bytes <= LARGEST_EARLY_BYTES && this.#early.size < MOST_EARLY)
      this.#early.set(api, value);
  }

  /** The early answer to a call that was sent on an earlier connection. */
  takeEarly({ name, params }: Pick<CommandMessage, "name" | "params">): { readonly value: unknown } | undefined {
    if (!this.#early.has(name)) return undefined;
    const value = this.#early.get(name);
    if (!fits(params, value)) return undefined;
    this.#early.delete(name);
    return { value };
  }

  /** The command that this value answers, if any. */
  answered(api: string, value: unknown): string | undefined {
    const waiting = [this.#running.get(api), this.#earlier.get(api)];
    return waiting.find((call) => call !== undefined && fits(call.params, value))?.id;
  }

  /** Returns whether the command's call was open. */
  forget(command: string): boolean {
    for (const calls of [this.#running, this.#earlier]) {
      for (const [api, { id }] of calls) if (id === command) return calls.delete(api);
    }
    return false;
  }
}

/** An answer about a pin has the pin's number. An answer about another pin belongs to an earlier call. */
function fits(params: unknown, value: unknown): boolean {
  const [asked, answered] = [numberIn(params), numberIn(value)];
  return asked === undefined || answered === undefined || asked === answered;
}

function numberIn(value: unknown): string | undefined {
  const number = typeof value === "object" && value !== null && "number" in value ? value.number : undefined;
  return typeof number === "number" || typeof number === "string" ? String(number) : undefined;
}
