import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { StoredArtifact } from "@fleetlog/domain";
import { deleteArtifact, ownAccount, readArtifact, storeArtifact, usedByProvisioning } from "@fleetlog/fleet";
import {
  ArtifactLink,
  ArtifactPage,
  ArtifactPath,
  ArtifactQuery,
  ArtifactResource,
  LinkBody,
  ListArtifactsQuery,
} from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { readerOptions } from "../../input/reader-options.ts";
import { holderOf, makerOf } from "../../transfers/places.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { ARTIFACT_EXAMPLES } from "./examples.ts";
import { linkRoutes } from "./links.ts";
import { BYTES, etagOf, RANGES, sendBytes } from "./send.ts";
import { Bytes, receive, takeAnyBody } from "./upload.ts";

const tags = ["artifacts"];

export const artifacts: HttpResource = {
  tag: "artifacts",
  description: "Files for devices, such as firmware: versions whose bytes never change",
  schemas: { Artifact: ArtifactResource, ArtifactPage, ArtifactLink, LinkRequest: LinkBody },
  examples: ARTIFACT_EXAMPLES,
  prefix: "/api",
  routes: artifactRoutes,
};

function artifactRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, notifiedSeq, basePath = "/" } = context;
  let written = 0;
  const forgetStatus = fleet.log.onStatus((status) => {
    if (status === "away") written = 0;
  });

  return async (app) => {
    app.addHook("onClose", async () => forgetStatus());
    app.get(
      "/artifacts",
      {
        config: { action: "artifact.read" },
        schema: {
          operationId: "listArtifacts",
          summary: "List versions of artifacts",
          tags,
          querystring: ListArtifactsQuery,
          response: { 200: ArtifactPage },
          problems: ["view-unavailable"],
        },
      },
      (request) =>
        fleet.views.query("artifacts.list", request.query, {
          scope: scopeFor(request),
          ...readerOptions(Math.max(written, notifiedSeq())),
        }),
    );

    app.get(
      "/artifacts/:name/:version",
      {
        config: { action: "artifact.read" },
        schema: {
          operationId: "getArtifact",
          summary: "Download a version, or describe it",
          description: `With \`Accept: application/json\` the answer describes the version, else it is the bytes. ${RANGES}`,
          tags,
          params: ArtifactPath,
          querystring: ArtifactQuery,
          response: {
            200: { content: { "application/json": { schema: ArtifactResource }, ...BYTES.content } },
            206: BYTES,
          },
          problems: ["artifact-unknown", "precondition-failed", "range-not-satisfiable", "unavailable"],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const caller = callerOf(request);
        const found = await readArtifact(fleet, caller, { ...request.params, ...request.query });
        if (!wantsJson(request.headers.accept))
          return sendBytes(context, request, reply, found, makerOf(caller.principal));
        return reply
          .header("vary", "accept")
          .header("etag", etagOf(found))
          .type("application/json")
          .send(described(found));
      },
    );

    await app.register(async (scope: Parameters<FastifyPluginAsyncTypebox>[0]) => {
      takeAnyBody(scope);
      scope.put(
        "/artifacts/:name/:version",
        {
          config: { action: "artifact.store" },
          schema: {
            operationId: "storeArtifact",
            summary: "Upload a version",
            description:
              "The body is the file itself, of any size up to FLEETLOG_ARTIFACT_MAX_BYTES. `Content-Digest` or `Repr-Digest` " +
              "(RFC 9530, `sha-256`) is verified. A version never changes: equal bytes are answered with 200, other bytes " +
              "with `artifact-exists`, also after the version was deleted. An interrupted upload leaves nothing.",
            tags,
            consumes: ["application/octet-stream"],
            params: ArtifactPath,
            querystring: ArtifactQuery,
            body: Bytes,
            response: { 200: ArtifactResource, 201: ArtifactResource },
            problems: [
              "digest-mismatch",
              "account-unknown",
              "artifact-unknown",
              "artifact-exists",
              "conflict",
              "storage-full",
              "log-full",
              "view-unavailable",
              "unavailable",
            ],
            hasLocation: true,
            hasEtag: true,
          },
        },
        async (request, reply) => {
          const caller = callerOf(request);
          const upload = receive(context, request, reply, holderOf(caller.principal));
          try {
            const result = await storeArtifact(fleet, caller, {
              ...request.params,
              ...request.query,
              ...upload.file,
            });
            const { artifact, created } = result;
            written = Math.max(written, artifact.seq);
            return await reply
              .status(created ? 201 : 200)
              .header("location", pathOf(artifact, ownAccount(caller.principal), basePath))
              .header("etag", etagOf(artifact))
              .send(described(artifact));
          } finally {
            upload.end();
          }
        },
      );
    });

    app.delete(
      "/artifacts/:name/:version",
      {
        config: { action: "artifact.delete" },
        schema: {
          operationId: "deleteArtifact",
          summary: "Delete a version that nothing uses",
          tags,
          params: ArtifactPath,
          querystring: ArtifactQuery,
          response: { 204: Type.Null() },
          problems: ["artifact-unknown", "artifact-in-use", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const { seq } = await deleteArtifact(fleet, callerOf(request), { ...request.params, ...request.query }, [
          usedByProvisioning(fleet),
        ]);
        written = Math.max(written, seq);
        return reply.status(204).send(null);
      },
    );

    await app.register(linkRoutes(context));
  };
}

function described({ object: _, status: __, ...artifact }: StoredArtifact): ArtifactResource {
  return artifact;
}

/** Names the account only if it is not the caller's own. */
function pathOf({ account, name, version }: StoredArtifact, own: string, basePath: string): string {
  const query = account === own ? "" : `?${new URLSearchParams({ account })}`;
  return `${basePath}api/artifacts/${encodeURIComponent(name)}/${encodeURIComponent(version)}${query}`;
}

function wantsJson(accept: string | undefined): boolean {
  const types = (accept ?? "").split(",").map((part) => part.split(";")[0]?.trim().toLowerCase());
  return (
    types.includes("application/json") && !types.some((type) => type === "*/*" || type === "application/octet-stream")
  );
}
