import type { FastifyRequest } from "fastify";
import { isOverTls } from "../access/cookie.ts";
import type { HttpContext } from "../context.ts";

/** A link to a page, with `values` in the fragment, which browsers do not send to servers. */
export function linkTo(
  { publicUrl, findClient }: Pick<HttpContext, "publicUrl" | "findClient">,
  { raw }: Pick<FastifyRequest, "raw">,
  page: string,
  values: Readonly<Record<string, string>>,
): string {
  const scheme = isOverTls(raw) ? "https" : "http";
  const base = (publicUrl ?? `${scheme}://${findClient(raw).host ?? "localhost"}`).replace(/\/$/, "");
  return `${base}/${page}#${new URLSearchParams(values)}`;
}
