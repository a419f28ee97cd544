import type { FastifyInstance } from "fastify";
import { authorizeByBody } from "../../http/access/authorize.ts";
import { sealAddresses } from "../../http/access/caller-address.ts";
import { type BaseServerOptions, createBaseServer } from "../../http/base-server.ts";
import type { DialectHttpContext } from "../../http/context.ts";
import { parseJsonBodies } from "../../http/input/body.ts";
import { answerUnmatched } from "../../http/problems/unmatched.ts";
import { UpgradePaths } from "../../net/upgrades.ts";
import type { Dialect, HttpListener } from "../index.ts";

const NO_UPGRADES = new UpgradePaths([]);
/** The methods that change nothing: none, because older systems' programs may change something with any method. */
const NO_METHODS: ReadonlySet<string> = new Set();

/** The server of a dialect's own HTTP port. It has only the dialect's routes. */
export async function createDialectServer(
  { name }: Pick<Dialect, "name">,
  listener: HttpListener,
  context: DialectHttpContext,
  options: Pick<BaseServerOptions, "logger" | "bodyLimit" | "timeouts">,
): Promise<FastifyInstance> {
  const { app, refuse } = createBaseServer(context, {
    ...options,
    upgradePaths: NO_UPGRADES,
    basePath: "/",
    routePrefix: `${name} `,
    answer: (error, request, reply) => listener.refuse(error, request, reply),
  });
  parseJsonBodies(app);
  answerUnmatched(app, NO_UPGRADES, refuse);
  authorizeByBody(app, (request) => listener.authenticate(request, context));
  sealAddresses(app, context, NO_METHODS);
  await app.register(listener.routes(context));
  await app.ready();
  return app;
}
