import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { listIssuing, withdrawAuthority } from "@fleetlog/fleet";
import { IssuingAuthority, IssuingAuthorityList } from "@fleetlog/protocol";
import Type from "typebox";
import { pemBytes } from "../../../settings/pem.ts";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { unpaged } from "../unpaged.ts";
import { ISSUING_AUTHORITY_EXAMPLES } from "./examples.ts";

const tags = ["certificates"];
const open = { tags, security: [] };
const DER = "application/pkix-crl";
const config = { action: "authority.read" } as const;
/** How long a signed list is reused, because each signature costs CPU. */
const LIST_FRESH_MS = 1_000;

const ByFingerprint = Type.Object({
  fingerprint: Type.String({
    pattern: "^[0-9a-f]{64}$",
    accepts: "the SHA-256 of an issuing certificate: 64 hexadecimal digits",
  }),
});

/** The certificates and the revocation list need no token, because they are no secret. */
export const authority: HttpResource = {
  tag: "certificates",
  schemas: { IssuingAuthority, IssuingAuthorityList },
  examples: ISSUING_AUTHORITY_EXAMPLES,
  prefix: "/api",
  routes: authorityRoutes,
};

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
      "/authority/issuers",
      {
        config: { action: "authority.list" },
        schema: {
          operationId: "listIssuingAuthorities",
          summary: "List the issuing certificates of the installation's authority",
          tags,
          querystring: NoQuery,
          response: { 200: IssuingAuthorityList },
          problems: ["log-unavailable"],
        },
      },
      async (request) => unpaged(await listIssuing(fleet, callerOf(request))),
    );

    app.post(
      "/authority/issuers/:fingerprint/withdraw",
      {
        config: { action: "authority.change", proof: true },
        schema: {
          operationId: "withdrawIssuingAuthority",
          summary: "Withdraw a replaced authority before its overlap ends, for good",
          description:
            "Its certificates are refused, and the sessions that they have opened end within a second, on every node. " +
            "The present authority can't be withdrawn. Needs a recent proof of identity.",
          tags,
          params: ByFingerprint,
          response: { 204: Type.Null() },
          problems: ["authority-unknown", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        await withdrawAuthority(fleet, callerOf(request), request.params.fingerprint);
        return reply.status(204).send(null);
      },
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
