import type { RecordedEvent } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import { networkOf } from "@fleetlog/runtime/node";
import { hostOf } from "../net/address.ts";
import { COALESCED_MS } from "../refusals/coalesced.ts";
import type { Call } from "./calls.ts";

/**
 * People give the code of an authenticator app within a minute; five minutes leave time to look for a recovery code.
 * Another gateway may record the sign-in up to a minute later, because it merges the sign-ins of a minute.
 */
export const SECOND_STEP_MS = 5 * 60_000 + COALESCED_MS;
/** How long `finish` may read the log. */
const FINISH_MS = 2_000;

interface Pending {
  call: Call;
  count: number;
  /** RFC 3339: the first of these sign-ins. */
  readonly since: string;
  readonly endsAt: number;
  /** A second factor was given, right or wrong. */
  answered: boolean;
}

export interface SecondStepsOptions {
  readonly log: Pick<EventLog, "read" | "status">;
  /** The second factor was not given for `count` sign-ins. */
  readonly missing: (call: Call, count: number) => void;
  /** Maximum number of people and networks. Sign-ins beyond that are reported at once. */
  readonly capacity: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly clock: () => number;
}

/**
 * Sign-ins whose password was right, and which need a second factor. They are kept by person and network. The second step
 * may go to another gateway, so ACCESS is read before one is reported.
 */
export class SecondSteps {
  readonly #options: SecondStepsOptions;
  /** The sign-ins that wait for their second step, in the order in which their time ends. */
  readonly #pending = new Map<string, Pending>();
  #checking: Promise<void> | undefined;

  constructor(options: SecondStepsOptions) {
    this.#options = options;
  }

  asked(call: Call): void {
    const { capacity, missing, now, clock } = this.#options;
    const key = keyOf(call);
    const pending = this.#pending.get(key);
    if (pending !== undefined) {
      pending.call = call;
      pending.count++;
    } else if (this.#pending.size >= capacity) {
      missing(call, 1);
    } else {
      const since = new Date(clock()).toISOString();
      this.#pending.set(key, { call, count: 1, since, endsAt: now() + SECOND_STEP_MS, answered: false });
    }
  }

  answered(call: Pick<Call, "by" | "address">): void {
    const key = keyOf(call);
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    // A check of this sign-in may be running: it looks at `answered` before it reports.
    pending.answered = true;
    this.#pending.delete(key);
  }

  /** Called every second. */
  tick(): void {
    this.#checking ??= this.#check((pending) => pending.endsAt <= this.#options.now()).finally(() => {
      this.#checking = undefined;
    });
  }

  /** Before the gateway ends: reports all remaining sign-ins, also those whose time has not ended. */
  async finish(): Promise<void> {
    await this.#checking;
    const until = this.#options.now() + FINISH_MS;
    await this.#check(() => this.#options.now() < until);
    for (const { call, count } of this.#pending.values()) this.#options.missing(call, count);
    this.#pending.clear();
  }

  async #check(isDue: (pending: Pending) => boolean): Promise<void> {
    for (const [key, pending] of this.#pending) {
      if (!isDue(pending) || this.#options.log.status === "away") return;
      try {
        const given = await this.#givenElsewhere(pending);
        if (!given && !pending.answered) this.#options.missing(pending.call, pending.count);
      } catch {
        // `tick` checks it again in a second.
        return;
      }
      if (this.#pending.get(key) === pending) this.#pending.delete(key);
    }
  }

  async #givenElsewhere({ call: { by, address }, since }: Pending): Promise<boolean> {
    const network = networkOf(hostOf(address));
    const query = { stream: "ACCESS", category: "access", entity: `/operators/${by}`, fromTime: since } as const;
    for await (const event of this.#options.log.read(query)) {
      if (isSecondStep(event) && networkOf(event.data.address) === network) return true;
    }
    return false;
  }
}

function keyOf({ by, address }: Pick<Call, "by" | "address">): string {
  return `${by} ${networkOf(hostOf(address))}`;
}

/** A sign-in, or a wrong second factor. The refusal of a wrong password names no person, so it is not read here. */
function isSecondStep(event: RecordedEvent): event is RecordedEvent & { readonly data: { readonly address: string } } {
  if (event.type === "SignedIn") return true;
  return event.type === "CallRefused" && (event.data as { readonly action: string }).action === "session.begin";
}
