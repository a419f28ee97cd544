import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import type { HttpContext } from "./context.ts";

const Health = Type.Object({ status: Type.String(), reasons: Type.Optional(Type.Array(Type.String())) });

/** Liveness, readiness, and Prometheus metrics. They say nothing about any device, and so ask for no token. */
export function healthRoutes({ notReady, metrics }: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get("/healthz", { schema: { summary: "Liveness", response: { 200: Health } } }, async () => ({ status: "ok" }));

    app.get(
      "/readyz",
      { schema: { summary: "Readiness: false while the log is away", response: { 200: Health, 503: Health } } },
      async (_request, reply) => {
        const reasons = notReady();
        if (reasons.length === 0) return { status: "ready" };
        return reply.status(503).send({ status: "not ready", reasons });
      },
    );

    app.get("/metrics", { schema: { summary: "Prometheus metrics" } }, async (_request, reply) =>
      reply.type(metrics.contentType).send(await metrics.text()),
    );
  };
}
