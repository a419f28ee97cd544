import { type Fleet, lostForLogin, lostForOpenId, lostPasskeys, lostSecondFactor } from "@fleetlog/fleet";
import {
  ApiKeys,
  type LostEntry,
  lostForKey,
  lostForKeyId,
  lostPerson,
  type OpenIdPerson,
  type OperatorSessions,
  type Operators,
  PersonTokens,
} from "@fleetlog/identity";
import { type BucketLimits, TokenBucket } from "@fleetlog/runtime";
import { LostReports, takeFrom } from "../../net/refusing/lost-reports.ts";
import type { Core } from "../../node/core.ts";

/** The number of searches is limited, because a search reads the records of all people. */
const SEARCHES: BucketLimits = { burst: 2, refillMs: 60_000 };

export interface LostEntriesOptions extends Pick<Core, "boundedLog" | "clock"> {
  readonly fleet: Pick<Fleet, "log" | "people" | "apiKeys" | "secondFactors" | "passkeys" | "openIds">;
  readonly operators: Pick<Operators, "isLost">;
  readonly operatorSessions: Pick<OperatorSessions, "holderOf">;
  readonly personTokens: Pick<PersonTokens, "proofOf">;
}

/**
 * Logs that a store has lost an entry, as after a power cut, when a person or program is refused because of it. The client
 * does not get this reason. A lost session or access token is not logged: its person only has to sign in again.
 */
export class LostEntries {
  readonly #options: LostEntriesOptions;
  readonly #reports: LostReports;
  readonly #searches: TokenBucket;

  constructor(options: LostEntriesOptions) {
    this.#options = options;
    this.#reports = new LostReports(options);
    this.#searches = new TokenBucket(SEARCHES, options.clock);
  }

  /** A bearer token was refused. */
  refusedToken(token: string, address: string): void {
    const { fleet } = this.#options;
    this.#reports.report(address, () => {
      if (ApiKeys.isApiKey(token)) return lostForKey(fleet, token);
      return PersonTokens.isAccessToken(token) ? this.#accessToken(token) : this.#admin(token);
    });
  }

  /** The session of a browser was refused. @param session id */
  refusedSession(session: string, address: string): void {
    const { fleet, operatorSessions } = this.#options;
    this.#reports.report(address, async () => {
      const holder = await operatorSessions.holderOf(session);
      if (holder === undefined) return undefined;
      return "apiKey" in holder ? lostForKeyId(fleet, holder.apiKey) : lostPerson(fleet, holder.person);
    });
  }

  /** A log-in with a password was refused. @param login email address or user name */
  refusedLogin(login: string, address: string): void {
    this.#reports.report(address, () => lostForLogin(this.#options.fleet, login, () => takeFrom(this.#searches)));
  }

  /** A second factor was refused or is missing. */
  refusedSecondFactor(person: string, address: string): void {
    this.#reports.report(address, () => lostSecondFactor(this.#options.fleet, person));
  }

  /** @param person the owner, as the passkey says */
  refusedPasskey(person: string, address: string): void {
    this.#reports.report(address, () => lostPasskeys(this.#options.fleet, person));
  }

  /** An OpenID provider has vouched for the identity, and its sign-in was refused. */
  refusedOpenId(identity: Pick<OpenIdPerson, "email" | "issuer">, address: string): void {
    this.#reports.report(address, () => lostForOpenId(this.#options.fleet, identity));
  }

  async #accessToken(token: string): Promise<LostEntry | undefined> {
    const proof = await this.#options.personTokens.proofOf(token);
    return proof && lostPerson(this.#options.fleet, proof.person);
  }

  async #admin(token: string): Promise<LostEntry | undefined> {
    if (!(await this.#options.operators.isLost(token))) return undefined;
    return {
      id: "admin",
      why: "the store of administrators' tokens (KV_operators) has lost the token of FLEETLOG_ADMIN_TOKEN; restart this gateway",
    };
  }
}
