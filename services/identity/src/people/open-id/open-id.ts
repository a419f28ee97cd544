import { FleetError, type Role } from "@fleetlog/domain";
import { checker } from "@fleetlog/protocol";
import * as client from "openid-client";
import Type from "typebox";
import type { Sealer } from "../../installation/sealer.ts";
import type { PersonProof } from "../people.ts";
import { type RoleRule, roleOfClaims } from "./roles.ts";

const TIMEOUT_S = 10;
const SCOPE = "openid email profile";
const BEGUN_MS = 15 * 60_000;
const PLACE = { purpose: "open-id", record: "sign-in" };

const checkBegun = checker(
  Type.Object({
    state: Type.String(),
    nonce: Type.String(),
    verifier: Type.String(),
    to: Type.String(),
    connect: Type.Optional(Type.Object({ person: Type.String(), epoch: Type.Integer() })),
    until: Type.Integer(),
  }),
);

export interface OpenIdOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** Without rules the provider gives no roles, and only invited people can sign in. */
  readonly roles: readonly RoleRule[];
  /** URL to which the provider redirects browsers. */
  readonly callback: string;
}

/** A person who has signed in at the provider. */
export interface OpenIdPerson {
  readonly issuer: string;
  /** Keyed hash of issuer and subject; identifies the person. */
  readonly key: string;
  readonly email: string | undefined;
  readonly emailIsVerified: boolean;
  readonly givenName: string | undefined;
  readonly familyName: string | undefined;
  readonly role: Role | undefined;
  readonly givesRoles: boolean;
  readonly to: string;
  /** The signed-in person who is connecting this identity, if any. */
  readonly connect?: PersonProof | undefined;
}

/** Sign-in by an OpenID Connect provider: authorization code with PKCE, state and nonce. */
export class OpenId {
  readonly #options: OpenIdOptions;
  readonly #sealer: Sealer;
  readonly #clock: () => number;
  #found: Promise<client.Configuration> | undefined;

  constructor(options: OpenIdOptions, sealer: Sealer, clock: () => number = Date.now) {
    this.#options = options;
    this.#sealer = sealer;
    this.#clock = clock;
  }

  /**
   * Begins a sign-in: `url` is for the browser's redirect, and the sealed `begun` for {@link finish}.
   * @param to page to show after the sign-in
   * @param connect the signed-in person who is connecting an identity
   */
  async begin(
    to: string,
    connect?: PersonProof,
  ): Promise<{ readonly url: string; readonly begun: string; readonly lifetimeMs: number }> {
    const config = await this.#configuration();
    const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: this.#options.callback,
      scope: SCOPE,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const begun = this.#sealer.seal(
      PLACE,
      JSON.stringify({ state, nonce, verifier, to, connect, until: this.#clock() + BEGUN_MS }),
    );
    return { url: url.href, begun, lifetimeMs: BEGUN_MS };
  }

  /**
   * @param begun by {@link begin} for this browser
   * @param query of the callback
   * @throws FleetError `unauthenticated` if the provider did not sign the person in, `unavailable` if the provider
   * can't be reached
   */
  async finish(begun: string, query: string): Promise<OpenIdPerson> {
    const { state, nonce, verifier, to, connect } = this.#opened(begun);
    const config = await this.#configuration();
    const callback = new URL(this.#options.callback);
    callback.search = query;
    try {
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
      const tokens = await client.authorizationCodeGrant(config, callback, checks);
      const own = tokens.claims();
      if (own === undefined) throw new Error("the provider sent no ID token");
      const asked = config.serverMetadata().userinfo_endpoint !== undefined;
      const more = asked ? await client.fetchUserInfo(config, tokens.access_token, own.sub) : {};
      return { ...this.#person(own.sub, { ...more, ...own }), to, connect };
    } catch (error) {
      throw isUnreachable(error) ? unreachable(error) : refused(error);
    }
  }

  connects(begun: string): boolean {
    try {
      return this.#opened(begun).connect !== undefined;
    } catch {
      return false;
    }
  }

  #person(subject: string, claims: Readonly<Record<string, unknown>>): Omit<OpenIdPerson, "to" | "connect"> {
    const { issuer, roles } = this.#options;
    const text = (name: string) => (typeof claims[name] === "string" ? (claims[name] as string) : undefined);
    const userName = text("preferred_username");
    return {
      issuer,
      key: `identity.${this.#sealer.hash("open-id", `${issuer} ${subject}`)}`,
      email: text("email") ?? (userName?.includes("@") === true ? userName : undefined),
      emailIsVerified: claims.email_verified === true || claims.email_verified === "true",
      givenName: text("given_name"),
      familyName: text("family_name"),
      role: roleOfClaims(roles, claims),
      givesRoles: roles.length > 0,
    };
  }

  #opened(begun: string) {
    const late = new FleetError("unauthenticated", "this sign-in was not begun in this browser, or took too long", {
      advice: "Sign in again.",
    });
    try {
      const checked = checkBegun(JSON.parse(this.#sealer.open(PLACE, begun)));
      if (checked.ok && checked.value.until > this.#clock()) return checked.value;
    } catch {
      throw late;
    }
    throw late;
  }

  #configuration(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#options;
    this.#found ??= client
      .discovery(new URL(issuer), clientId, clientSecret, clientSecret === undefined ? client.None() : undefined, {
        timeout: TIMEOUT_S,
        // The settings allow plain HTTP on this machine only.
        ...(issuer.startsWith("http:") && { execute: [client.allowInsecureRequests] }),
      })
      .catch((error: unknown) => {
        this.#found = undefined;
        throw unreachable(error);
      });
    return this.#found;
  }
}

function isUnreachable(error: unknown): boolean {
  const { name, code } = error as { readonly name?: string; readonly code?: string };
  return name === "TimeoutError" || name === "TypeError" || code === "OAUTH_TIMEOUT";
}

function unreachable(cause: unknown): FleetError {
  return new FleetError("unavailable", "the OpenID provider can't be reached", {
    advice: "Try again, or see FLEETLOG_OIDC_ISSUER.",
    cause,
  });
}

function refused(cause: unknown): FleetError {
  return new FleetError("unauthenticated", "the OpenID provider did not sign you in", {
    advice: "Sign in again.",
    cause,
  });
}
