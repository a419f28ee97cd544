import type { StreamName } from "@fleetlog/domain";
import type { Buckets } from "../../buckets.ts";
import type { StreamDeclaration } from "../../streams.ts";
import { ERR_CODE, JetStreamApiFailure } from "../connection/api-error.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { type DamagedCopies, damagedCopies } from "./damaged-copies.ts";
import { type StreamCluster, streamInfo } from "./stream-info.ts";
import { DamagedStore, hasEntry, type OnMissing, verifyNewest } from "./verify.ts";

/** Waits for another leader at most this long. */
const ELECTION_MS = 30_000;
/**
 * If no copy is whole, the servers lead in turn only this often. Also the pause after gateways could not tell each
 * other which copies are damaged.
 */
const AGAIN_MS = 60_000;

/** A {@link HandOver} for each stream that keeps all its entries. */
export function handOversOf(
  connection: ServerConnection,
  streams: readonly StreamDeclaration[],
  options: Pick<HandOverOptions, "onMissing" | "mayHandOver"> & { readonly buckets: Buckets | undefined },
): ReadonlyMap<StreamName, HandOver> {
  const { buckets, ...others } = options;
  const kept = streams.filter(({ whenFull }) => whenFull === "refuse-new");
  return new Map(
    kept.map(({ name, replicas }) => {
      const shares = others.mayHandOver && replicas > 1 && buckets !== undefined;
      return [
        name,
        new HandOver(connection, name, { ...others, copies: shares ? damagedCopies(buckets, name) : undefined }),
      ];
    }),
  );
}

export interface HandOverOptions {
  readonly onMissing: OnMissing;
  /** False if this process may not change the leader. */
  readonly mayHandOver: boolean;
  /** Undefined: this process alone knows which copies are damaged, until it ends. */
  readonly copies?: DamagedCopies | undefined;
  readonly now?: () => number;
}

/**
 * Verifies the newest entry of a stream. In a cluster, a leader that can't read it hands over to another server, whose
 * copy may be whole. The gateways remember, also over a restart, which server could not read an entry: that server
 * hands over whenever it leads again, even if newer entries hide the damage.
 */
export class HandOver {
  readonly #connection: ServerConnection;
  readonly #stream: string;
  readonly #options: HandOverOptions;
  /** By server: the sequence of an entry that its copy lacked. */
  #lacks = new Map<string, number>();
  /** Changes of `#lacks` that other gateways do not know yet. Undefined: the server's copy is whole. */
  #unshared = new Map<string, number | undefined>();
  #sharing = false;
  #shareNotBefore = 0;
  /** By server: when it may be asked to lead again. */
  readonly #notBefore = new Map<string, number>();

  constructor(connection: ServerConnection, stream: string, options: HandOverOptions) {
    this.#connection = connection;
    this.#stream = stream;
    this.#options = options;
  }

  /** @throws FleetError `log-unavailable`; {@link DamagedStore} if the newest entry can't be read, and no other server can lead */
  async verify(retryForMs?: number): Promise<void> {
    void this.#share();
    for (;;) {
      const newest = await this.#newest(retryForMs);
      const damage = newest ?? (await this.#known(retryForMs));
      if (damage === undefined) return this.#notBefore.clear();
      if (this.#options.mayHandOver && (await this.#handedOver(damage))) continue;
      if (newest !== undefined) throw newest;
      return;
    }
  }

  async #newest(retryForMs?: number): Promise<DamagedStore | undefined> {
    try {
      await verifyNewest(this.#connection, this.#stream, this.#options.onMissing, retryForMs);
      return undefined;
    } catch (error) {
      if (error instanceof DamagedStore) return error;
      throw error;
    }
  }

  /** An older entry that the leader's copy lacks. Such damage does not make the log unavailable. */
  async #known(retryForMs?: number): Promise<DamagedStore | undefined> {
    if (this.#lacks.size === 0) return undefined;
    const { cluster } = await this.#info(retryForMs);
    const leader = cluster?.leader ?? "";
    const seq = this.#lacks.get(leader);
    if (seq === undefined) return undefined;
    if (await hasEntry(this.#connection, this.#stream, seq, retryForMs)) {
      this.#note(leader, undefined);
      return undefined;
    }
    const others = cluster?.replicas ?? [];
    if (others.some(({ name }) => this.#lacks.get(name) !== seq))
      return new DamagedStore(this.#stream, seq, "an entry");
    // No server has the entry, so no other leader would help.
    for (const server of [...this.#lacks.keys()]) this.#note(server, undefined);
    this.#options.onMissing(seq, seq);
    return undefined;
  }

  #note(server: string, seq: number | undefined): void {
    if (seq === undefined) this.#lacks.delete(server);
    else this.#lacks.set(server, seq);
    if (this.#options.copies !== undefined) this.#unshared.set(server, seq);
  }

  /** Exchanges with other gateways which copies are damaged. Verifying does not wait for it, and goes on if it fails. */
  async #share(): Promise<void> {
    const { copies } = this.#options;
    if (copies === undefined || this.#sharing || this.#now() < this.#shareNotBefore || !this.#connection.up) return;
    this.#sharing = true;
    const changes = this.#unshared;
    this.#unshared = new Map();
    try {
      const lacks = new Map(await copies.update(changes));
      for (const [server, seq] of this.#unshared) {
        if (seq === undefined) lacks.delete(server);
        else lacks.set(server, seq);
      }
      this.#lacks = lacks;
    } catch (error) {
      this.#unshared = new Map([...changes, ...this.#unshared]);
      this.#shareNotBefore = this.#now() + AGAIN_MS;
      if (!this.#connection.up) return;
      this.#connection.logger.warn(
        { err: error, stream: this.#stream },
        "could not exchange with other gateways which copies of the stream are damaged; trying again in a minute",
      );
    } finally {
      this.#sharing = false;
    }
  }

  /** A failure must not hide the damage: the log would go on, and acknowledge what can't be read. */
  async #handedOver(damage: DamagedStore): Promise<boolean> {
    try {
      return await this.#handOver(damage);
    } catch (error) {
      this.#connection.logger.error(
        { err: error, stream: this.#stream },
        "the leader of a damaged stream could not be changed",
      );
      return false;
    }
  }

  /** @returns false if no other server can lead */
  async #handOver(damage: DamagedStore): Promise<boolean> {
    const now = this.#now();
    const { cluster } = await this.#info(ELECTION_MS);
    const leader = cluster?.leader;
    if (leader === undefined) return false;
    // Another process may have changed the leader meanwhile.
    if (await hasEntry(this.#connection, this.#stream, damage.seq, ELECTION_MS)) return true;
    this.#note(leader, damage.seq);
    this.#notBefore.set(leader, now + AGAIN_MS);
    const next = cluster?.replicas?.find(({ name, current }) => current && (this.#notBefore.get(name) ?? now) <= now);
    if (next === undefined) return false;
    this.#connection.logger.error(
      { err: damage, stream: this.#stream, leader, next: next.name },
      'the leader\'s copy of the stream is damaged; another server shall lead. Replace the copy: "Damaged copies in a cluster" in infra/docs/operating.md',
    );
    this.#notBefore.set(next.name, now + AGAIN_MS);
    await this.#stepDown(next.name);
    return true;
  }

  /** Before 2.11, nats-server chooses the next leader, and refuses a request that is not empty. */
  async #stepDown(preferred: string): Promise<void> {
    const subject = `$JS.API.STREAM.LEADER.STEPDOWN.${this.#stream}`;
    try {
      await this.#connection.api(subject, { placement: { preferred } });
    } catch (error) {
      const code = error instanceof JetStreamApiFailure ? error.body.err_code : undefined;
      if (code === ERR_CODE.badRequest) await this.#connection.api(subject, {});
      // The other server already leads, because another process has asked for the same.
      else if (code !== ERR_CODE.noPeers) throw error;
    }
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #info(retryForMs?: number): Promise<StreamCluster> {
    return streamInfo(this.#connection, this.#stream, {}, retryForMs);
  }
}
