import { MAIN_ACCOUNT, type SignInEvent, type SignInWay } from "@fleetlog/domain";
import type { BucketLimits } from "@fleetlog/runtime";
import { networkOf } from "@fleetlog/runtime/node";
import { hostOf } from "../net/address.ts";
import { AccessWriter, type AccessWriterOptions } from "../refusals/access-writer.ts";
import { CoalescedEvents, type Uncounted } from "../refusals/coalesced.ts";

interface Call {
  /** Id of the person or API key. */
  readonly by: string;
  readonly account?: string | undefined;
  /** `POST /api/session`. */
  readonly call: string;
  readonly address: string;
}

export type SignInCall =
  | (Call & {
      readonly type: "SignedIn";
      readonly way: SignInWay;
      readonly secondFactor?: "code" | "passkey" | undefined;
    })
  | (Call & { readonly type: "SignedOut" | "RefreshTokenReused" });

/** Records who has signed in or out. */
export interface SignIns {
  record(call: SignInCall): void;
}

const TICK_MS = 1_000;
/** An entry is about 500 bytes. */
const KEYS = 10_000;
const RATE: BucketLimits = { burst: 500, refillMs: 100 };

/**
 * Records sign-ins, sign-outs and reused refresh tokens in ACCESS: one event a minute for each person, type of event, way
 * and network. Each needs a valid credential, so they have a limit of their own, and refusals can't use it up.
 */
export class SignInRecorder implements SignIns {
  readonly #writer: AccessWriter;
  readonly #events: CoalescedEvents<SignInEvent>;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AccessWriterOptions) {
    this.#writer = new AccessWriter(options);
    const { ready, now } = this.#writer;
    const record = (event: SignInEvent) => this.#writer.append(event);
    this.#events = new CoalescedEvents({ rate: RATE, keys: KEYS, record, ready, now });
  }

  start(): void {
    this.#timer = setInterval(() => this.#events.tick(), TICK_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#events.flush();
    await this.#writer.settled();
  }

  record(signIn: SignInCall): void {
    const { by, account } = signIn;
    const address = hostOf(signIn.address);
    const who = { by, ...(account !== undefined && account !== MAIN_ACCOUNT && { account }) };
    const way = signIn.type === "SignedIn" ? `${signIn.way} ${signIn.secondFactor ?? ""}` : "";
    const others = { key: `${signIn.type} ${way}`, body: bodyOf(signIn, address) };
    this.#events.add(`${by} ${networkOf(address)} ${others.key}`, bodyOf(signIn, address, who), others);
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
