import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyPluginAsync, FastifyReply, RouteShorthandOptions } from "fastify";
import type { HttpResource } from "../http/resources/resource.ts";
import { NOT_BUILT } from "./not-built.ts";

const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  // Web Awesome and uPlot set styles on their elements.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'self'",
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

const JAVASCRIPT = "text/javascript; charset=utf-8";
const INDEX = "/index.html";
const BASE = '<base href="/" />';

/** Paths of files in a build, except `.br` and `.gz`: the library sends these for the uncompressed file's path. */
const FILE = /^\/(?:[\w-]+\/)*[\w-][\w.-]*\.(?:css|html|ico|js|json|map|png|svg|txt|webmanifest|woff2)$/;

/** Paths that are never pages: unknown ones are answered with a problem (RFC 9457), not with the index page. */
const NOT_PAGES = /^\/(?:api|assets|device|mqtt|live|healthz|readyz|metrics)(?:\/|$)/;

export function pages(directory: string): HttpResource {
  return { tag: "pages", prefix: "", routes: ({ basePath = "/" }) => uiRoutes(directory, basePath) };
}

function uiRoutes(directory: string, basePath: string): FastifyPluginAsync {
  const isFile = async (path: string): Promise<boolean> =>
    FILE.test(path) && (await stat(join(directory, path)).catch(() => undefined))?.isFile() === true;

  return async (app) => {
    await app.register(fastifyStatic, {
      root: directory,
      serve: false,
      preCompressed: true,
      cacheControl: false,
      // Ranges are not needed, because browsers read scripts and fonts as a whole.
      acceptRanges: false,
      // A build from a cache may have an older date than the build before.
      lastModified: false,
      // A missing folder needs no warning, because the pages may be built later.
      suppressWarning: true,
    });
    app.addHook("onSend", async (_, reply) => {
      // RFC 9239, 6: the library sends the obsolete `application/javascript`.
      if (String(reply.getHeader("content-type")).startsWith("application/javascript")) reply.type(JAVASCRIPT);
    });
    const errorHandler: RouteShorthandOptions["errorHandler"] = (error, request, reply) => {
      // The library's only error that a request can cause: a failed If-Match (RFC 9110, 13.1.1).
      if (error.statusCode === 412) return reply.status(412).send();
      return app.errorHandler(error, request, reply);
    };
    app.get(
      "/*",
      { config: { action: "pages.read" }, schema: { hide: true }, errorHandler },
      async (request, reply) => {
        const path = request.url.split("?", 1)[0] ?? "/";
        const isRoot = path === "/" || path === INDEX;
        if (!isRoot && (await isFile(path))) return send(reply, path);
        if (!isRoot && !isPage(path, request.headers.accept)) return reply.callNotFound();
        if (await isFile(INDEX)) {
          return basePath === "/" ? send(reply, INDEX) : sendIndex(reply, directory, basePath);
        }
        return reply.status(503).headers(SECURITY_HEADERS).type("text/html; charset=utf-8").send(NOT_BUILT);
      },
    );
  };
}

/** A page's path may end with an id that looks like a file name. The application reports unknown pages. */
function isPage(path: string, accept: string | undefined): boolean {
  return !NOT_PAGES.test(path) && accept?.includes("text/html") === true;
}

async function sendIndex(reply: FastifyReply, directory: string, basePath: string): Promise<FastifyReply> {
  const html = await readFile(join(directory, INDEX), "utf8");
  return reply
    .headers(SECURITY_HEADERS)
    .header("cache-control", "no-cache")
    .type("text/html; charset=utf-8")
    .send(html.replace(BASE, `<base href="${basePath}" />`));
}

function send(reply: FastifyReply, path: string): FastifyReply {
  // Names of files in this folder contain a hash of the content.
  const immutable = path.startsWith("/assets/");
  return reply
    .headers(SECURITY_HEADERS)
    .header("cache-control", immutable ? "public, max-age=31536000, immutable" : "no-cache")
    .sendFile(path);
}
