import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { pemBytes } from "../../net/tls/pem.ts";
import type { HttpContext } from "../context.ts";
import type { HttpResource } from "./resource.ts";

const open = { tags: ["certificates"], security: [] };
const DER = "application/pkix-crl";
const config = { action: "authority.read" } as const;
/** A signed list is sent again for this long, because each signature costs CPU. */
const LIST_FRESH_MS = 1_000;

/** Needs no token, because the certificate is no secret. */
export const authority: HttpResource = { tag: "certificates", prefix: "/api", routes: authorityRoutes };

function authorityRoutes({ fleet, clock }: HttpContext): FastifyPluginAsyncTypebox {
  let list: { readonly pem: Promise<string>; readonly at: number } | undefined;

  function revocationList(): Promise<string> {
    if (list === undefined || clock() - list.at >= LIST_FRESH_MS) {
      const pem = fleet.authority.revocationList();
      const made = { pem, at: clock() };
      list = made;
      pem.catch(() => {
        if (list === made) list = undefined;
      });
    }
    return list.pem;
  }

  return async (app) => {
    app.get(
      "/authority",
      { config, schema: { operationId: "getAuthority", summary: "The authority's certificates (PEM)", ...open } },
      async (_request, reply) => reply.type("application/pem-certificate-chain").send(await fleet.authority.chain()),
    );

    app.get(
      "/authority/crl",
      {
        config,
        schema: {
          operationId: "getRevocationList",
          summary: "The authority's revocation list (PEM; DER for `Accept: application/pkix-crl`)",
          ...open,
        },
      },
      async (request, reply) => {
        const pem = await revocationList();
        reply.header("vary", "accept");
        // RFC 2585, 4.2: this type is for DER only.
        const isDer = request.headers.accept?.includes(DER) === true;
        return isDer ? reply.type(DER).send(pemBytes(pem)) : reply.type("application/x-pem-file").send(pem);
      },
    );
  };
}
