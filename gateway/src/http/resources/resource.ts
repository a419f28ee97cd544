import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { TSchema } from "typebox";
import type { HttpContext } from "../context.ts";

/** A part of the HTTP API. To add one, add a file and a line in `index.ts`. */
export interface HttpResource {
  readonly tag: string;
  /** Description of the tag. Only one resource of a tag has it. */
  readonly description?: string;
  readonly schemas?: Readonly<Record<string, TSchema>>;
  readonly examples?: Readonly<Record<string, unknown>>;
  readonly prefix: "/api" | "";
  /** Each route must have its action in `config.action`. */
  routes(context: HttpContext): FastifyPluginAsyncTypebox;
}
