import { isDeviceId, type RefusalEvent, shortened } from "@fleetlog/domain";
import type { DeviceCredentials } from "@fleetlog/identity";
import { type BucketLimits, TokenBucket } from "@fleetlog/runtime";
import { networkOf } from "@fleetlog/runtime/node";
import { hostOf } from "../net/address.ts";
import { AccessWriter, type AccessWriterOptions } from "./access-writer.ts";
import { CoalescedEvents, type Uncounted } from "./coalesced.ts";
import { isOfKnownDevice, UNKNOWN_DEVICE } from "./login-causes.ts";

export interface RefusedDevice {
  /** Recorded only if a device has this name. */
  readonly login: string;
  /** The id that the client sent beside the login; recorded as a device if it is one and the login is none. */
  readonly clientId?: string | undefined;
  readonly protocol: string;
  readonly code: string;
  /** Absent if the credential was not checked. */
  readonly cause?: string | undefined;
  readonly why: string;
  readonly address: string;
}

export interface RefusedCall {
  /** The person's id, if the credential was valid. */
  readonly by?: string | undefined;
  readonly account?: string | undefined;
  readonly action: string;
  readonly call: string;
  readonly code: string;
  readonly address: string;
}

/** Records refusals. */
export interface Refusals {
  login(refused: RefusedDevice): void;
  call(refused: RefusedCall): void;
}

export interface RefusalRecorderOptions extends AccessWriterOptions {
  readonly credentials: Pick<DeviceCredentials, "statusOf">;
}

const TICK_MS = 1_000;
const KEYS = 1_000;
const DEVICES: BucketLimits = { burst: 100, refillMs: 200 };
const PEOPLE: BucketLimits = { burst: 50, refillMs: 500 };
/** Limits the events about clients without a valid credential, and about unknown names, to 20 MB a day. */
const UNKNOWN: BucketLimits = { burst: 30, refillMs: 2_000 };
const LOOKUPS: BucketLimits = { burst: 50, refillMs: 200 };

/**
 * Records refused log-ins and calls in ACCESS: one event a minute for each caller, action and code. Refusals that can't
 * be stored are lost.
 */
export class RefusalRecorder implements Refusals {
  readonly #credentials: RefusalRecorderOptions["credentials"];
  readonly #writer: AccessWriter;
  readonly #devices: CoalescedEvents<RefusalEvent>;
  readonly #people: CoalescedEvents<RefusalEvent>;
  readonly #unknown: CoalescedEvents<RefusalEvent>;
  readonly #lookups: TokenBucket;
  #timer: NodeJS.Timeout | undefined;

  constructor({ credentials, ...options }: RefusalRecorderOptions) {
    this.#credentials = credentials;
    this.#writer = new AccessWriter(options);
    const { ready, now } = this.#writer;
    const record = (event: RefusalEvent) => this.#writer.append(event);
    const coalesced = (rate: BucketLimits) => new CoalescedEvents({ rate, keys: KEYS, record, ready, now });
    this.#devices = coalesced(DEVICES);
    this.#people = coalesced(PEOPLE);
    this.#unknown = coalesced(UNKNOWN);
    this.#lookups = new TokenBucket(LOOKUPS, now);
  }

  start(): void {
    this.#timer = setInterval(() => {
      for (const coalesced of this.#all()) coalesced.tick();
    }, TICK_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const coalesced of this.#all()) coalesced.flush();
    await this.#writer.settled();
  }

  login(refused: RefusedDevice): void {
    const { login, clientId, cause } = refused;
    if (isOfKnownDevice(cause)) {
      this.#knownDevice(refused);
      return;
    }
    // A client of an older system has a user name that is not its device's id.
    const shown = new Set([login, clientId].filter((name) => name !== undefined && isDeviceId(name)));
    const isPossible = cause !== UNKNOWN_DEVICE && shown.size > 0 && this.#lookups.untilAvailable(shown.size) === 0;
    if (isPossible) {
      this.#lookups.take(shown.size);
      this.#writer.track(this.#lookUp(refused, shown));
    } else this.#unknownDevice(refused);
  }

  call({ by, account, action, call, code, address }: RefusedCall): void {
    const host = hostOf(address);
    const data = { action, call, code, address: host };
    const others = { key: `${action} ${code}`, body: { type: "CallRefused", data } } as const;
    if (by === undefined) this.#unknown.add(`${networkOf(host)} ${others.key}`, others.body, others);
    else {
      const person = { by, ...(account !== undefined && { account }) };
      this.#people.add(`${by} ${others.key}`, { type: "CallRefused", data: { ...person, ...data } }, others);
    }
  }

  #knownDevice(refused: RefusedDevice): void {
    const { login: device, protocol, code, cause = shortened(refused.why), address } = refused;
    const data = { device, protocol, code, cause, address: hostOf(address) };
    const key = `${device} ${code} ${refused.cause ?? ""}`;
    this.#devices.add(key, { type: "LoginRefused", data }, unknownDevice(refused));
  }

  /** The name is not recorded, because it may be a token. */
  #unknownDevice(refused: RefusedDevice): void {
    const others = unknownDevice(refused);
    this.#unknown.add(others.key, others.body, others);
  }

  async #lookUp(refused: RefusedDevice, names: ReadonlySet<string>): Promise<void> {
    for (const name of names) {
      if ((await this.#credentials.statusOf(name).catch(() => undefined)) === undefined) continue;
      this.#knownDevice({ ...refused, login: name });
      return;
    }
    this.#unknownDevice(refused);
  }

  #all(): readonly CoalescedEvents<RefusalEvent>[] {
    return [this.#devices, this.#people, this.#unknown];
  }
}

function unknownDevice({ protocol, code, address }: RefusedDevice): { key: string; body: Uncounted<RefusalEvent> } {
  const data = { protocol, code, cause: UNKNOWN_DEVICE, address: hostOf(address) };
  return { key: `${protocol} ${code}`, body: { type: "LoginRefused", data } };
}
