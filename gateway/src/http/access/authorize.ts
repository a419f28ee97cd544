import { type Action, ANONYMOUS, type Person, type Scope, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize, isPublic, scopeOf } from "@fleetlog/identity";
import type { FastifyInstance, FastifyRequest, RouteOptions } from "fastify";
import { type Authenticators, authenticate, requireSameOrigin, unauthenticated } from "./authenticate.ts";
import type { RunningAnswers } from "./running-answers.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Optional only in the type: the server does not start if a route has none. */
    readonly action?: Action;
  }
}

const authorized = new WeakMap<FastifyRequest, Person>();
/** Authenticated people, authorized or not. */
const authenticated = new WeakMap<FastifyRequest, Person>();
/** The people who have passed only the first step of a sign-in. */
const named = new WeakMap<FastifyRequest, NamedCaller>();

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Authorizes each request for its route's action before the body is read. Call before routes are registered. */
export function authorizeRequests(
  app: FastifyInstance,
  authenticators: Authenticators,
  answers: Pick<RunningAnswers, "watch">,
): void {
  requireActions(app);
  app.addHook("preParsing", async (request, reply) => {
    const { action } = request.routeOptions.config;
    await authorizeRequest(request, async () => {
      const found = await authenticate(request.raw, authenticators);
      if (found === undefined) throw unauthenticated(request.headers);
      const { person, by } = found;
      authenticated.set(request, person);
      if (by === "cookie" && !SAFE_METHODS.has(request.method)) requireSameOrigin(request.raw, authenticators);
      if (action !== undefined) answers.watch(action, found, reply.raw);
      return person;
    });
  });
}

/** Like {@link authorizeRequests}, but after the body was read, because the body may contain the credential. */
export function authorizeByBody(app: FastifyInstance, find: (request: FastifyRequest) => Promise<Person>): void {
  requireActions(app);
  app.addHook("preValidation", (request) => authorizeRequest(request, () => find(request)));
}

async function authorizeRequest(request: FastifyRequest, find: () => Promise<Person>): Promise<void> {
  const { action } = request.routeOptions.config;
  if (action === undefined) return;
  if (isPublic(action)) {
    authorize(ANONYMOUS, action, WHOLE_FLEET);
    return;
  }
  const person = await find();
  authenticated.set(request, person);
  authorize(person, action, WHOLE_FLEET);
  authorized.set(request, person);
}

function requireActions(app: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  app.addHook("onRoute", (route) => void routes.push(route));
  app.addHook("onReady", async () => {
    for (const { method, url, config } of routes) {
      if (config?.action === undefined) throw new Error(`the route ${method} ${url} names no action`);
    }
  });
}

/**
 * The person that `authorizeRequests` has authorized.
 * @throws FleetError `unauthenticated` on a public route, which has no such person
 */
export function personOf(request: FastifyRequest): Person {
  const person = authorized.get(request);
  if (person === undefined) throw unauthenticated();
  return person;
}

/** The authenticated person, even if not authorized. */
export function authenticatedPerson(request: FastifyRequest): Person | undefined {
  return authenticated.get(request);
}

export interface NamedCaller {
  readonly id: string;
  readonly account?: string | undefined;
}

/**
 * If this request is refused, the refusal is recorded with this person, who has passed only the first step of a
 * sign-in.
 */
export function nameCaller(request: FastifyRequest, caller: NamedCaller): void {
  named.set(request, caller);
}

export function namedCaller(request: FastifyRequest): NamedCaller | undefined {
  return authenticated.get(request) ?? named.get(request);
}

/** Whether a person was authorized; false on a public route. */
export function isAuthorized(request: FastifyRequest): boolean {
  return authorized.has(request);
}

export function scopeFor(request: FastifyRequest): Scope {
  const { action } = request.routeOptions.config;
  if (action === undefined) throw new Error("a route without an action has no scope");
  return scopeOf(personOf(request), action);
}
