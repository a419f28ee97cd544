import type { ErrorCode } from "@fleetlog/domain";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { UpgradePaths } from "../net/upgrades.ts";
import { authorizeRequests } from "./access/authorize.ts";
import { sealAddresses } from "./access/caller-address.ts";
import { requireProofs } from "./access/recent-proof.ts";
import { createBaseServer } from "./base-server.ts";
import { compressAnswers } from "./compression/compression.ts";
import type { HttpContext } from "./context.ts";
import { repeatAnswers } from "./idempotency/index.ts";
import { parseJsonBodies } from "./input/body.ts";
import { refuseUnexpected } from "./input/unexpected.ts";
import { withDescribedProblems } from "./openapi/described.ts";
import { describeApi } from "./openapi/index.ts";
import type { RequestTimeouts } from "./problems/before-routing.ts";
import { sendProblem } from "./problems/problems.ts";
import { answerUnmatched } from "./problems/unmatched.ts";
import type { HttpResource } from "./resources/resource.ts";

export interface HttpServerOptions {
  readonly logger: Logger;
  readonly bodyLimit: number;
  readonly version: string;
  readonly timeouts: RequestTimeouts;
  readonly resources: readonly HttpResource[];
  readonly upgradePaths: UpgradePaths;
  /** Called for a problem that the API's description lacks; default: nothing. */
  readonly onUndescribed?: ((request: FastifyRequest, code: ErrorCode) => void) | undefined;
}

/** To add a resource, add a file in a folder of `resources/` and a line in its `index.ts`. */
export async function createHttpServer(context: HttpContext, options: HttpServerOptions): Promise<FastifyInstance> {
  const { version, resources, upgradePaths, onUndescribed = () => {} } = options;
  const { basePath = "/" } = context;
  const answer = withDescribedProblems(sendProblem, onUndescribed);
  const { app, refuse } = createBaseServer(context, { ...options, basePath, answer });
  parseJsonBodies(app);
  answerUnmatched(app, upgradePaths, refuse);
  authorizeRequests(app, context, context.answers);
  sealAddresses(app, context);
  refuseUnexpected(app);
  // Before `repeatAnswers`, because kept answers may have secrets.
  requireProofs(app, context);
  repeatAnswers(app, context);
  compressAnswers(app);
  await describeApi(app, version, resources, basePath);
  for (const { tag, prefix, routes } of resources) await app.register(named(tag, routes(context)), { prefix });
  await app.ready();
  return app;
}

/**
 * Names a plugin. For a plugin without a name, fastify searches all loaded modules, which took a sixth of the time to
 * make a server.
 */
function named<Plugin extends object>(name: string, plugin: Plugin): Plugin {
  return Object.assign(plugin, { [Symbol.for("fastify.display-name")]: name });
}
