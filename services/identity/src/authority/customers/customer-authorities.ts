import { X509Certificate } from "node:crypto";
import type { Buckets } from "@fleetlog/log";
import type { Sealer } from "../../installation/sealer.ts";
import { RegistrationCodes } from "./codes.ts";
import type { RevocationList } from "./revocations.ts";
import { plainSerial } from "./revocations.ts";
import { CustomerAuthorityStore, type FoundAuthority, type StoredCustomerAuthority } from "./store.ts";

export interface DeviceOfAccount {
  readonly device: string;
  readonly account: string;
}

export type IsMember = (group: string, of: DeviceOfAccount) => Promise<boolean>;

export interface CustomerAuthoritiesOptions {
  readonly buckets: Buckets;
  readonly sealer: Pick<Sealer, "hash">;
  readonly clock: () => number;
  readonly isMember: IsMember;
}

export interface KnownAuthority {
  readonly id: string;
  readonly account: string;
  readonly certificate: X509Certificate;
  readonly revision: number;
  readonly revoked: ReadonlySet<string>;
}

/**
 * The certificate authorities of customers. Each issues certificates for devices of one account, optionally of one
 * group.
 */
export class CustomerAuthorities {
  readonly codes: RegistrationCodes;
  readonly #store: CustomerAuthorityStore;
  readonly #isMember: IsMember;
  #known = new Map<string, KnownAuthority>();
  #bySubject = new Map<string, KnownAuthority[]>();
  #loading: Promise<boolean> = Promise.resolve(false);
  #next: Promise<boolean> | undefined;

  constructor({ buckets, sealer, clock, isMember }: CustomerAuthoritiesOptions) {
    this.#store = new CustomerAuthorityStore(buckets);
    this.#isMember = isMember;
    this.codes = new RegistrationCodes(sealer, clock);
  }

  /** Whether the whole installation trusts this authority; set by the gateway. */
  isOfInstallation: (certificate: X509Certificate) => boolean = () => false;

  /** The authority that has signed this certificate directly. */
  issuerOf(certificate: X509Certificate): KnownAuthority | undefined {
    const named = this.#bySubject.get(certificate.issuer);
    return named?.find(
      (one) => certificate.checkIssued(one.certificate) && certificate.verify(one.certificate.publicKey),
    );
  }

  /** Whether the device may use the certificate now. Reads the record: another node may have ended the authority. */
  async allows(id: string, serial: string, of: DeviceOfAccount): Promise<boolean> {
    const authority = await this.#store.get(id);
    if (authority === undefined || authority.account !== of.account) return false;
    if (this.#known.get(id)?.revision !== authority.revision) await this.refresh();
    const known = this.#known.get(id);
    if (known === undefined || known.revoked.has(plainSerial(serial))) return false;
    return authority.group === undefined || this.#isMember(authority.group, of);
  }

  /** Reads all authorities. Resolves with whether any authority has changed. */
  refresh(): Promise<boolean> {
    // The running load may have read before the change, so another one follows.
    this.#next ??= this.#loading.then(
      () => this.#startLoad(),
      () => this.#startLoad(),
    );
    return this.#next;
  }

  all(): Promise<FoundAuthority[]> {
    return this.#store.all();
  }

  find(id: string): Promise<FoundAuthority | undefined> {
    return this.#store.get(id);
  }

  /** Resolves with false if the id exists already. */
  add(id: string, authority: StoredCustomerAuthority): Promise<boolean> {
    return this.#store.create(id, authority);
  }

  /** A repeated call changes nothing. */
  end(id: string): Promise<void> {
    return this.#store.delete(id);
  }

  /** The serials on the authority's revocation list; undefined if the list was replaced since. */
  revoked(authority: FoundAuthority): Promise<ReadonlySet<string> | undefined> {
    return this.#store.serials(authority);
  }

  /** Resolves false if the authority was changed meanwhile. */
  setList(authority: FoundAuthority, { serials, ...list }: RevocationList): Promise<boolean> {
    return this.#store.setList(authority, { revoked: serials.length, ...list }, serials);
  }

  #startLoad(): Promise<boolean> {
    this.#next = undefined;
    this.#loading = this.#load();
    return this.#loading;
  }

  async #load(): Promise<boolean> {
    const before = this.#known;
    const known = new Map<string, KnownAuthority>();
    for (const found of await this.#store.all()) {
      const same = before.get(found.id);
      const one = same?.revision === found.revision ? same : await this.#opened(found);
      if (one !== undefined) known.set(found.id, one);
    }
    this.#known = known;
    this.#bySubject = Map.groupBy(known.values(), ({ certificate }) => certificate.subject);
    return known.size !== before.size || [...known].some(([id, one]) => before.get(id) !== one);
  }

  /** Undefined if the authority has ended meanwhile. */
  async #opened(authority: FoundAuthority): Promise<KnownAuthority | undefined> {
    for (let found: FoundAuthority | undefined = authority; found !== undefined; ) {
      const { id, account, certificate, revision }: FoundAuthority = found;
      const revoked = await this.#store.serials(found);
      if (revoked !== undefined)
        return { id, account, certificate: new X509Certificate(certificate), revision, revoked };
      const newer = await this.#store.get(id);
      // While the list can't be read, no certificate of the authority counts.
      if (newer?.revision === revision) return undefined;
      found = newer;
    }
    return undefined;
  }
}
