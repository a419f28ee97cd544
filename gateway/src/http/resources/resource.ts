import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { TSchema } from "typebox";
import type { HttpContext } from "../context.ts";

/** One subject of the HTTP API: a file in this folder and a line in `index.ts`. */
export interface HttpResource {
  /** OpenAPI tag of its routes. */
  readonly tag: string;
  /** Description of the tag; only one resource of a tag has it. */
  readonly description?: string;
  /** Named schemas in the API's description. */
  readonly schemas?: Readonly<Record<string, TSchema>>;
  /** An example of each named schema that a request or an answer has. */
  readonly examples?: Readonly<Record<string, unknown>>;
  /** Prefix of all its paths. */
  readonly prefix: "/api" | "";
  /** Registers its routes; each must name its action (`config.action`). */
  routes(context: HttpContext): FastifyPluginAsyncTypebox;
}
