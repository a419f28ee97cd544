import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { encodeToken, FleetError, type RecordedEvent, type SessionEvent } from "@fleetlog/domain";
import { partCaller, shareAddress, WAITING_ADMIT, type WaitingClient, WaitingStore } from "@fleetlog/fleet";
import { canonicalAddress, type DeviceProof, type DirectoryEntry } from "@fleetlog/identity";
import type { BusSubscription } from "@fleetlog/log";
import { TokenBuckets } from "@fleetlog/runtime";
import { networkOf } from "@fleetlog/runtime/node";
import type { AuthorizedJsonRpc, Dialect, Dialects, JsonRpcConversation } from "../dialects/index.ts";
import { hostOf } from "../net/address.ts";
import { ConnectionBound } from "../net/connection-bound.ts";
import { retryAfterMs } from "../net/refusing/retry-after.ts";
import type { Core } from "../node/core.ts";
import type { NodePart } from "../node/parts.ts";
import type { Sessions } from "../sessions/index.ts";
import { Published } from "./published.ts";
import { WaitingSession } from "./session.ts";
import { SharedAddresses } from "./shared-addresses.ts";

const MOST = 256;
const MOST_OF_ADDRESS = 16;
/** Limits the attempts to connect from one network. */
const TRIES = { burst: 64, refillMs: 250, keys: 10_000 };
const MOST_EVENTS = 16;
/** Milliseconds: longer than a gateway needs to see whether a peer answers. */
const ALIVE_TIMEOUT_MS = 5_000;
const TELL_AGAIN_MS = 10_000;

export interface WaitingConnection {
  readonly origin: { readonly address: string; readonly listener?: string | undefined };
  admit(device: {
    readonly device: DirectoryEntry;
    readonly proof: DeviceProof;
    readonly dialect: AuthorizedJsonRpc;
  }): Promise<void>;
}

interface Held {
  readonly connection: WaitingConnection;
  client: WaitingClient;
}

export interface WaitingOptions {
  readonly core: Pick<Core, "name" | "backbone" | "fleet" | "logger" | "clock">;
  readonly sessions: Pick<Sessions, "get">;
  readonly dialects: Dialects;
  readonly listeners: readonly Dialect[];
}

type Origin = WaitingConnection["origin"];

/**
 * The clients of this node that wait until a person lets them in. Their number is limited, in all and for each address.
 */
export class WaitingClients {
  readonly #options: WaitingOptions;
  readonly #listeners: ReadonlySet<string>;
  readonly #held = new Map<string, Held>();
  readonly #addresses: SharedAddresses;
  readonly #bound = new ConnectionBound({ total: MOST, ofAddress: () => MOST_OF_ADDRESS });
  readonly #tries: TokenBuckets;
  readonly #published: Published;

  constructor(options: WaitingOptions) {
    const { core, listeners, sessions } = options;
    this.#options = options;
    this.#addresses = new SharedAddresses({
      bus: core.backbone.bus,
      gateway: core.name,
      isConnected: (device) => sessions.get(device) !== undefined,
      waitingAt: (address) => this.#waitingAt(address).length,
      mark: (address) => this.#markShared(address),
      share: (device, address) => void this.#shareAddress(device, address),
    });
    this.#listeners = new Set(
      listeners.flatMap(({ name, listener }) =>
        listener?.protocol === "websocket" && listener.clientsWait === true ? [name] : [],
      ),
    );
    this.#tries = new TokenBuckets(TRIES, core.clock);
    this.#published = new Published({
      store: new WaitingStore(core.backbone.buckets),
      gateway: core.name,
      logger: core.logger,
      clients: () => [...this.#held.values()].map(({ client }) => client),
    });
  }

  /** Whether clients wait on the dialect's own listener. */
  listens(listener: string | undefined): boolean {
    return listener !== undefined && this.#listeners.has(listener);
  }

  /** @throws FleetError `rate-limited` */
  countAttempt({ address }: Origin): void {
    const wait = this.#tries.tryTake(networkOf(hostOf(address)));
    if (wait > 0)
      throw new FleetError("rate-limited", "too many connections came from this address", { retryAfterMs: wait });
  }

  /** Occupies a place until the stream closes, or the returned function is called. @throws FleetError `unavailable` */
  reserve(stream: Duplex, { address }: Origin): () => void {
    const release = this.#bound.take(stream, hostOf(address));
    if (release !== undefined) return release;
    throw new FleetError("unavailable", "too many clients wait to be let in", { retryAfterMs: retryAfterMs() });
  }

  /**
   * Whether a client from the device's address is the device. If the device's own connection is alive, several clients
   * share that address, and from then on the address alone lets no client in.
   */
  async mayTakeOver({ device, credential }: DirectoryEntry, origin: Origin): Promise<boolean> {
    if (!(await this.#isConnected(device))) return true;
    const { fleet, logger } = this.#options.core;
    logger.warn({ device, address: origin.address }, "several clients come from this address, so each of them waits");
    const address = credential.by === "address" ? credential.address : hostOf(origin.address);
    await shareAddress(fleet, partCaller("gateway"), device, address);
    return false;
  }

  add(connection: WaitingConnection): {
    readonly session: WaitingSession;
    readonly dialect: AuthorizedJsonRpc;
    readonly conversation: JsonRpcConversation;
  } {
    const { core, dialects } = this.#options;
    const { address, listener = "" } = connection.origin;
    const client: WaitingClient = {
      id: randomUUID(),
      dialect: listener,
      address: canonicalAddress(hostOf(address)) ?? hostOf(address),
      since: new Date(core.clock()).toISOString(),
      events: [],
    };
    const held: Held = { connection, client };
    this.#held.set(client.id, held);
    this.#addresses.arrived(client.address);
    this.#published.changed();
    const session = new WaitingSession(core.clock, () => {
      this.#held.delete(client.id);
      this.#published.changed();
    });
    const conversation = {
      command: () => undefined,
      subscribed: (events: ReadonlySet<string>) => {
        const all = [...new Set([...held.client.events, ...events])];
        held.client = { ...held.client, events: all.slice(0, MOST_EVENTS) };
        this.#published.changed();
      },
    };
    const entry = entryOf(client, "");
    return { session, dialect: dialects.jsonrpcOf(entry), conversation };
  }

  part(): NodePart {
    const { bus } = this.#options.core.backbone;
    let responders: BusSubscription[] = [];
    let telling: NodeJS.Timeout | undefined;
    return {
      name: "waiting clients",
      start: () => {
        responders = [
          this.#addresses.listen(),
          bus.respond(this.#subject("alive"), "waiting", async (data) => {
            const session = this.#options.sessions.get((data as { device: string }).device);
            return { alive: (await session?.isAlive()) ?? false };
          }),
          bus.respond(this.#subject(WAITING_ADMIT), "waiting", (data) =>
            this.#admit(data as { waiting: string; device: string }),
          ),
        ];
        this.#published.start();
        telling = setInterval(() => this.#addresses.repeat(this.#alone()), TELL_AGAIN_MS).unref();
      },
      drain: () => {
        clearInterval(telling);
        for (const one of responders) one.stop();
        return this.#published.stop();
      },
    };
  }

  async #admit({ waiting, device }: { readonly waiting: string; readonly device: string }): Promise<null> {
    const { core, dialects } = this.#options;
    const held = this.#held.get(waiting);
    if (held === undefined)
      throw new FleetError("waiting-unknown", "that client does not wait any more", { field: "id" });
    if (await this.#isConnected(device)) {
      throw new FleetError("conflict", `${device} is connected`, {
        field: "id",
        advice: "Choose another id for this client, or close the other connection first.",
      });
    }
    const proof = await core.fleet.credentials.admit(device, held.client.dialect);
    if (proof === undefined)
      throw new FleetError("device-retired", `${device} has no valid registration`, { field: "id" });
    const entry = entryOf(held.client, device);
    await held.connection.admit({ device: entry, proof, dialect: dialects.jsonrpcOf(entry) });
    const { address, shared } = held.client;
    this.#addresses.admitted(address, device);
    // If another client came from the address after the device's log-in was made, the address alone must let none in.
    if (shared === true) await shareAddress(core.fleet, partCaller("gateway"), device, address);
    return null;
  }

  #waitingAt(address: string): readonly Held[] {
    return [...this.#held.values()].filter(({ client }) => client.address === address);
  }

  /** Addresses of the waiting clients, without those that several clients are known to share. */
  #alone(): string[] {
    return [...this.#held.values()].flatMap(({ client }) => (client.shared === true ? [] : [client.address]));
  }

  async #shareAddress(device: string, address: string): Promise<void> {
    const { fleet, logger } = this.#options.core;
    try {
      await shareAddress(fleet, partCaller("gateway"), device, address);
    } catch (err) {
      logger.warn({ err, device, address }, "could not record that several clients come from a device's address");
    }
  }

  #markShared(address: string): void {
    for (const one of this.#waitingAt(address)) one.client = { ...one.client, shared: true };
    this.#published.changed();
  }

  /** Whether the device has a session whose peer answers, on any node. */
  async #isConnected(device: string): Promise<boolean> {
    const { core, sessions } = this.#options;
    const own = sessions.get(device);
    if (own !== undefined) return own.isAlive();
    const last = (await core.backbone.log.last("session", device)) as RecordedEvent<SessionEvent> | undefined;
    if (last?.type !== "SessionOpened" || last.data.gateway === core.name) return false;
    try {
      const subject = this.#subject("alive", last.data.gateway);
      const answer = await core.backbone.bus.request(subject, { device }, { timeoutMs: ALIVE_TIMEOUT_MS });
      return (answer as { alive: boolean }).alive;
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      // A gateway that does not answer counts as gone, so that its devices can continue at another gateway while it is
      // paused.
      return false;
    }
  }

  #subject(what: string, gateway = this.#options.core.name): string {
    return `waiting.${what}.${encodeToken(gateway)}`;
  }
}

function entryOf({ dialect, address }: WaitingClient, device: string): DirectoryEntry {
  return { device, dialect, login: device, credential: { by: "address", address } };
}
