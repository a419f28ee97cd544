import { type Action, ANONYMOUS, type Person, type Scope, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize, isPublic, scopeOf } from "@fleetlog/identity";
import type { FastifyInstance, FastifyRequest, RouteOptions } from "fastify";
import { type Authenticators, authenticate, requireSameOrigin, unauthenticated } from "./authenticate.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The action that the caller must be authorized for; required for every route. */
    readonly action?: Action;
  }
}

/** Who is authorized. */
const people = new WeakMap<FastifyRequest, Person>();
/** Who is authenticated, whether authorized or not. */
const authenticated = new WeakMap<FastifyRequest, Person>();

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Authorizes each request for its route's action, before the body is read. The start fails if a route names no action. Call
 * before the routes are registered.
 */
export function authorizeRequests(app: FastifyInstance, authenticators: Authenticators): void {
  const routes: RouteOptions[] = [];
  app.addHook("onRoute", (route) => void routes.push(route));
  app.addHook("onReady", async () => {
    for (const { method, url, config } of routes) {
      if (config?.action === undefined) throw new Error(`the route ${method} ${url} names no action`);
    }
  });
  app.addHook("preParsing", async (request) => {
    const { action } = request.routeOptions.config;
    // No route matches: the request is answered with 404 or 405.
    if (action === undefined) return;
    if (isPublic(action)) {
      authorize(ANONYMOUS, action, WHOLE_FLEET);
      return;
    }
    const found = await authenticate(request.raw, authenticators);
    if (found === undefined) throw unauthenticated(request.headers);
    const { person, by } = found;
    authenticated.set(request, person);
    if (by === "cookie" && !SAFE_METHODS.has(request.method)) requireSameOrigin(request.raw, authenticators);
    authorize(person, action, WHOLE_FLEET);
    people.set(request, person);
  });
}

/** The authenticated person. @throws FleetError `unauthenticated` on a route that needs no authentication */
export function personOf(request: FastifyRequest): Person {
  const person = people.get(request);
  if (person === undefined) throw unauthenticated();
  return person;
}

/** The authenticated person, who may be refused; undefined if no valid credential came with the request. */
export function authenticatedPerson(request: FastifyRequest): Person | undefined {
  return authenticated.get(request);
}

/** Whether the request was authenticated as a person's; always false on a route that needs no authentication. */
export function isAuthenticated(request: FastifyRequest): boolean {
  return people.has(request);
}

/** The scope of the authenticated person for the route's action: limits what the answer may contain. */
export function scopeFor(request: FastifyRequest): Scope {
  const { action } = request.routeOptions.config;
  if (action === undefined) throw new Error("a route without an action has no scope");
  return scopeOf(personOf(request), action);
}
