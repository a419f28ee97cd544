import { FleetError } from "@fleetlog/domain";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { pathOf } from "../../net/refusing/problem.ts";
import type { UpgradePaths } from "../../net/upgrades.ts";
import type { Refuse } from "./problems.ts";
import { RouteMethods } from "./route-methods.ts";

/**
 * Answers requests that match no route: 404, 405 (RFC 9110, 15.5.6), 426, or 204 for OPTIONS. Call before routes are
 * registered.
 * @param upgradePaths paths that serve only WebSockets
 */
export function answerUnmatched(app: FastifyInstance, upgradePaths: UpgradePaths, refuse: Refuse): void {
  const routeMethods = new RouteMethods(app);
  const answer = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = pathOf(request.url);
    const allowed = routeMethods.allowed(path);
    if (allowed !== undefined) reply.header("allow", allowed);
    if (allowed !== undefined && request.method === "OPTIONS") return reply.status(204).send();
    const upgradable = upgradePaths.find(path) !== undefined;
    if (upgradable) reply.header("upgrade", "websocket").header("connection", "upgrade");
    return refuse(errorOf(request.method, path, allowed, upgradable), request, reply);
  };
  app.addHook("onRequest", async (request, reply) => (request.is404 ? answer(request, reply) : undefined));
  app.setNotFoundHandler(answer);
}

function errorOf(method: string, path: string, allowed: string | undefined, upgradable: boolean): FleetError {
  if (allowed !== undefined) {
    return new FleetError("method-not-allowed", `there is no ${method} ${path}`, {
      advice: `The path supports ${allowed}.`,
    });
  }
  if (upgradable) {
    return new FleetError("upgrade-required", `${path} is for WebSockets`, {
      advice: "Connect with a WebSocket client.",
    });
  }
  return new FleetError("not-found", `there is no ${method} ${path}`, {
    advice: "See /api/openapi.json for all paths.",
  });
}
