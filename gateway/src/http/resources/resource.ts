import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { TSchema } from "typebox";
import type { HttpContext } from "../context.ts";

/** One subject of the HTTP API: a file beside this one, and a line in `index.ts`. */
export interface HttpResource {
  /** What its routes are listed under in the API's description. */
  readonly tag: string;
  /** The tag in a sentence; absent where another resource under the same tag says it. */
  readonly description?: string;
  /** Schemas that have a name in the API's description, parts before what they are part of. */
  readonly schemas?: Readonly<Record<string, TSchema>>;
  /** What all its paths begin with. */
  readonly prefix: "/api" | "";
  /** Its routes; each names its action (`config.action`). */
  routes(context: HttpContext): FastifyPluginAsyncTypebox;
}
