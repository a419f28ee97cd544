import type { Action } from "@fleetlog/domain";
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Static, TObject } from "typebox";

export interface ClientCall<Body extends TObject> {
  readonly action: Action;
  /** Default: management. */
  readonly kind?: NonNullable<FastifyContextConfig["libpyiotcloud"]>;
  readonly body: Body;
  answer(body: Static<Body>, request: FastifyRequest, reply: FastifyReply): unknown;
}

/** The clients use GET and POST alike. */
export function addCall<Body extends TObject>(app: FastifyInstance, url: string, call: ClientCall<Body>): void {
  const { action, kind = "management", body, answer } = call;
  app.route({
    method: ["GET", "POST"],
    url,
    exposeHeadRoute: false,
    config: { action, libpyiotcloud: kind },
    schema: { body },
    handler: (request, reply) => answer(request.body as Static<Body>, request, reply),
  });
}
