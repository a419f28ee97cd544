import { FleetError } from "@fleetlog/domain";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { KnownPaths } from "./known-paths.ts";
import { pathOf, sendProblem } from "./problems.ts";

/**
 * Answers what no route does: 404 for a path that there is not, 405 for one that takes other methods (RFC 9110,
 * 15.5.6), 426 where WebSockets are, and OPTIONS. Before any body is read. Call before the routes are registered.
 * @param upgradePaths where there is nothing but WebSockets
 */
export function answerMissing(app: FastifyInstance, upgradePaths: ReadonlySet<string>): void {
  const known = new KnownPaths(app);
  const answer = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = pathOf(request.url);
    const allowed = known.allowed(path);
    if (allowed !== undefined) reply.header("allow", allowed);
    if (allowed !== undefined && request.method === "OPTIONS") return reply.status(204).send();
    const upgradable = upgradePaths.has(path);
    if (upgradable) reply.header("upgrade", "websocket").header("connection", "upgrade");
    return sendProblem(errorOf(request.method, path, allowed, upgradable), request, reply);
  };
  app.addHook("onRequest", async (request, reply) => (request.is404 ? answer(request, reply) : undefined));
  app.setNotFoundHandler(answer);
}

function errorOf(method: string, path: string, allowed: string | undefined, upgradable: boolean): FleetError {
  if (allowed !== undefined) {
    return new FleetError("method-not-allowed", `there is no ${method} ${path}`, { advice: `There are ${allowed}.` });
  }
  if (upgradable) {
    return new FleetError("upgrade-required", `${path} is for WebSockets`, {
      advice: "Connect with a WebSocket client.",
    });
  }
  return new FleetError("not-found", `there is no ${method} ${path}`, {
    advice: "See /api/openapi.json for what there is.",
  });
}
