import { X509Certificate } from "node:crypto";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { AUTHORITY_ID_PATTERN, invalid } from "@fleetlog/domain";
import { addAuthority, endAuthority, listAuthorities, registrationCode, replaceAuthorityList } from "@fleetlog/fleet";
import { type FoundAuthority, type Possession, subjectOf } from "@fleetlog/identity";
import {
  AddAuthorityBody,
  AuthorityList,
  AuthorityResource,
  RegistrationCode,
  RegistrationCodeBody,
  ReplaceAuthorityListBody,
} from "@fleetlog/protocol";
import Type from "typebox";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { unpaged } from "../unpaged.ts";
import { CERTIFICATE_AUTHORITY_EXAMPLES } from "./examples.ts";

const tags = ["certificate-authorities"];
const ById = Type.Object({
  id: Type.String({ pattern: AUTHORITY_ID_PATTERN, accepts: "a certificate authority's id: 32 hexadecimal digits" }),
});

export const certificateAuthorities: HttpResource = {
  tag: "certificate-authorities",
  description: "Authorities of your own whose certificates log in devices of your account",
  schemas: { CertificateAuthority: AuthorityResource, AuthorityList, AddAuthority: AddAuthorityBody, RegistrationCode },
  examples: CERTIFICATE_AUTHORITY_EXAMPLES,
  prefix: "/api",
  routes: authorityRoutes,
};

function authorityRoutes({ fleet, clock }: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      "/certificate-authorities",
      {
        config: { action: "customer-authority.read" },
        schema: {
          operationId: "listCertificateAuthorities",
          summary: "List the certificate authorities of your account",
          tags,
          querystring: NoQuery,
          response: { 200: AuthorityList },
          problems: ["log-unavailable"],
        },
      },
      async (request) => unpaged((await listAuthorities(fleet, callerOf(request))).map(resourceOf)),
    );

    app.post(
      "/certificate-authorities/codes",
      {
        config: { action: "customer-authority.manage" },
        schema: {
          operationId: "createRegistrationCode",
          summary: "Make a code; its signature with an authority's key shows that you have the key",
          description:
            "With openssl: `openssl dgst -sha256 -sign ca.key code.txt | base64 -w0`, without a line end in the file.",
          tags,
          body: RegistrationCodeBody,
          response: { 201: RegistrationCode },
          problems: ["account-unknown"],
        },
      },
      async (request, reply) =>
        reply.status(201).send(await registrationCode(fleet, callerOf(request), request.body?.account)),
    );

    app.post(
      "/certificate-authorities",
      {
        config: { action: "customer-authority.manage", idempotent: true },
        schema: {
          operationId: "addCertificateAuthority",
          summary: "Add a certificate authority",
          description:
            "The authority's certificates then log in devices of the account, without a restart; a certificate's common name is the device's id. " +
            "Add the authority that signs the certificates directly: intermediate certificates are not accepted.",
          tags,
          body: AddAuthorityBody,
          response: { 201: AuthorityResource },
          problems: ["account-unknown", "group-unknown", "authority-exists", "limit-reached", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const { verification, signature, ...given } = request.body;
        const possession = possessionIn(verification, signature);
        const added = await addAuthority(fleet, callerOf(request), { ...given, possession }, clock());
        return reply.status(201).send(resourceOf(added));
      },
    );

    app.put(
      "/certificate-authorities/:id/revocation-list",
      {
        config: { action: "customer-authority.manage" },
        schema: {
          operationId: "replaceAuthorityRevocationList",
          summary: "Replace an authority's revocation list; sessions of listed certificates end within a second",
          description: "A list still counts after the time at which its successor is due.",
          tags,
          params: ById,
          body: ReplaceAuthorityListBody,
          response: { 200: AuthorityResource },
          problems: ["authority-unknown", "conflict", "log-full"],
        },
      },
      async (request) =>
        resourceOf(await replaceAuthorityList(fleet, callerOf(request), request.params.id, request.body.list)),
    );

    app.delete(
      "/certificate-authorities/:id",
      {
        config: { action: "customer-authority.manage" },
        schema: {
          operationId: "endCertificateAuthority",
          summary: "End a certificate authority: sessions of its certificates end within a second, on every node",
          tags,
          params: ById,
          response: { 204: Type.Null() },
          problems: ["authority-unknown", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        await endAuthority(fleet, callerOf(request), request.params.id);
        return reply.status(204).send(null);
      },
    );
  };
}

function possessionIn(verification: string | undefined, signature: string | undefined): Possession {
  if (verification !== undefined && signature === undefined) return { verification };
  if (signature !== undefined && verification === undefined) return { signature };
  const field = signature === undefined ? "verification" : "signature";
  throw invalid(field, "give either verification or signature, which shows that you have the authority's key");
}

function resourceOf({ revision: _, list, ...kept }: FoundAuthority): AuthorityResource {
  const { subject, fingerprint256, validToDate } = new X509Certificate(kept.certificate);
  const fingerprint = fingerprint256.replaceAll(":", "").toLowerCase();
  const resource = { ...kept, subject: subjectOf(subject), fingerprint, notAfter: validToDate.toISOString() };
  if (list === undefined) return resource;
  const { key: _key, ...shown } = list;
  return { ...resource, list: shown };
}
