import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { CommandPage, CommandResource, CommandStateName, DeclaredCommands, IssueCommandBody } from "@fleetlog/protocol";
import type { HttpContext } from "../../context.ts";
import type { HttpResource } from "../resource.ts";
import { cancellingRoutes, issuingRoutes } from "./changes.ts";
import { declaredRoutes } from "./declared.ts";
import { COMMAND_EXAMPLES } from "./examples.ts";
import { CommandDetail, readingRoutes } from "./reading.ts";

export const commands: HttpResource = {
  tag: "commands",
  description: "Commands to devices and their results",
  schemas: {
    CommandState: CommandStateName,
    Command: CommandResource,
    CommandDetail,
    CommandPage,
    DeclaredCommands,
    IssueCommand: IssueCommandBody,
  },
  examples: COMMAND_EXAMPLES,
  prefix: "/api",
  routes: commandRoutes,
};

function commandRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const all = [issuingRoutes, readingRoutes, declaredRoutes, cancellingRoutes];
  return async (app) => {
    for (const routes of all) await app.register(routes(context));
  };
}
