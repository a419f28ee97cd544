import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { TSchema } from "typebox";
import type { HttpContext } from "../context.ts";

/** One part of the HTTP API. To add one, add a file to this folder and a line to `index.ts`. */
export interface HttpResource {
  /** OpenAPI tag of the routes. */
  readonly tag: string;
  /** Description of the tag. If several resources have the same tag, only one describes it. */
  readonly description?: string;
  /** Named schemas in the API's description. */
  readonly schemas?: Readonly<Record<string, TSchema>>;
  /** An example of each schema in `schemas`, by name. */
  readonly examples?: Readonly<Record<string, unknown>>;
  /** Prefix of all its paths. */
  readonly prefix: "/api" | "";
  /** Registers its routes; each must name its action (`config.action`). */
  routes(context: HttpContext): FastifyPluginAsyncTypebox;
}
