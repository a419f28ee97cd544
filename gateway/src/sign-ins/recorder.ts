import { MAIN_ACCOUNT, type SignInEvent } from "@fleetlog/domain";
import type { BucketLimits } from "@fleetlog/runtime";
import { networkOf } from "@fleetlog/runtime/node";
import { hostOf } from "../net/address.ts";
import { AccessWriter, type AccessWriterOptions } from "../refusals/access-writer.ts";
import { CoalescedEvents, type Uncounted } from "../refusals/coalesced.ts";
import type { Call, SignInCall } from "./calls.ts";
import { SecondSteps, type SecondStepsOptions } from "./second-steps.ts";

/** Records who has signed in or out. */
export interface SignIns {
  record(call: SignInCall): void;
  /** The password is right; the call is refused until it has the second factor. */
  secondFactorAsked(call: Call): void;
  /** The call has a second factor, right or wrong. */
  secondFactorGiven(call: Pick<Call, "by" | "address">): void;
}

const TICK_MS = 1_000;
/** Maximum number of keys that are counted separately. Each takes about 500 bytes. */
const KEYS = 10_000;
const RATE: BucketLimits = { burst: 500, refillMs: 100 };

export interface SignInRecorderOptions extends AccessWriterOptions {
  readonly log: SecondStepsOptions["log"];
  readonly clock?: () => number;
}

/**
 * Records sign-ins, sign-outs, reused refresh tokens and missing second factors in ACCESS: one event a minute for each
 * person, type of event, way and network. Only somebody with a valid credential can cause these events, so they have a
 * limit of their own, which refusals can't use up.
 */
export class SignInRecorder implements SignIns {
  readonly #writer: AccessWriter;
  readonly #events: CoalescedEvents<SignInEvent>;
  readonly #secondSteps: SecondSteps;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SignInRecorderOptions) {
    this.#writer = new AccessWriter(options);
    const { ready, now } = this.#writer;
    const record = (event: SignInEvent) => this.#writer.append(event);
    this.#events = new CoalescedEvents({ rate: RATE, keys: KEYS, record, ready, now });
    this.#secondSteps = new SecondSteps({
      log: options.log,
      missing: (call, count) => this.#add({ type: "SecondFactorNotGiven", ...call }, count),
      capacity: KEYS,
      now,
      clock: options.clock ?? Date.now,
    });
  }

  start(): void {
    const tick = () => {
      this.#events.tick();
      this.#secondSteps.tick();
    };
    this.#timer = setInterval(tick, TICK_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#secondSteps.finish();
    this.#events.flush();
    await this.#writer.settled();
  }

  record(signIn: SignInCall): void {
    if (signIn.type === "SignedIn") this.#secondSteps.answered(signIn);
    this.#add(signIn);
  }

  secondFactorAsked(call: Call): void {
    this.#secondSteps.asked(call);
  }

  secondFactorGiven(call: Pick<Call, "by" | "address">): void {
    this.#secondSteps.answered(call);
  }

  #add(signIn: SignInCall, count?: number): void {
    const { by, account } = signIn;
    const address = hostOf(signIn.address);
    const who = { by, ...(account !== undefined && account !== MAIN_ACCOUNT && { account }) };
    const way = signIn.type === "SignedIn" ? `${signIn.way} ${signIn.secondFactor ?? ""}` : "";
    const others = { key: `${signIn.type} ${way}`, body: bodyOf(signIn, address) };
    this.#events.add(`${by} ${networkOf(address)} ${others.key}`, bodyOf(signIn, address, who), others, count);
  }
}

function bodyOf(
  signIn: SignInCall,
  address: string,
  who: { readonly by?: string; readonly account?: string } = {},
): Uncounted<SignInEvent> {
  const { type, call } = signIn;
  const data = { ...who, call, address };
  if (type !== "SignedIn") return { type, data };
  const { way, secondFactor } = signIn;
  return { type, data: { ...data, way, ...(secondFactor !== undefined && { secondFactor }) } };
}
