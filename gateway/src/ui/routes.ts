import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { UiFile, UiFiles } from "./files.ts";
import { NOT_BUILT } from "./not-built.ts";

const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  // Web Awesome and uPlot set styles on their elements.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

const SECURITY_HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
} as const;

/** What is no page, whoever asks: what is wrong there is said as a problem. */
const OTHERS = /^\/(?:api|assets|device|mqtt|live|healthz|readyz|metrics)(?:\/|$)/;

/** The operator's pages: files by their paths, and the application for every path that one of its pages may have. */
export function uiRoutes(files: UiFiles): FastifyPluginAsync {
  return async (app) => {
    app.get("/*", { schema: { hide: true } }, async (request, reply) => {
      const path = request.url.split("?", 1)[0] ?? "/";
      const file = path === "/" ? undefined : await files.find(path);
      if (file !== undefined) return send(request, reply, file);
      if (path !== "/" && !isPage(path, request.headers.accept)) return reply.callNotFound();
      const index = await files.index();
      if (index !== undefined) return send(request, reply, index);
      return reply.status(503).headers(SECURITY_HEADERS).type("text/html; charset=utf-8").send(NOT_BUILT);
    });
  };
}

/** Whoever follows a link gets the application, which says so itself where there is nothing: an id may look like a file. */
function isPage(path: string, accept: string | undefined): boolean {
  return !OTHERS.test(path) && accept?.includes("text/html") === true;
}

async function send(request: FastifyRequest, reply: FastifyReply, file: UiFile): Promise<FastifyReply> {
  const coding = file.content.choose(request.headers["accept-encoding"]);
  const etag = `"${file.tag}-${coding}"`;
  reply
    .headers(SECURITY_HEADERS)
    .header("vary", "accept-encoding")
    .header("etag", etag)
    // A page is asked for again each time, and answered with 304 while it is the same.
    .header("cache-control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (matches(request.headers["if-none-match"], etag)) return reply.status(304).send();
  if (coding !== "identity") reply.header("content-encoding", coding);
  return reply.type(file.type).send(await file.content.in(coding));
}

/** RFC 9110, 13.1.2: compared weakly. */
function matches(given: string | undefined, etag: string): boolean {
  if (given === undefined) return false;
  return given.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag);
}
