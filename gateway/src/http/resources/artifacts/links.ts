import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { invalid } from "@fleetlog/domain";
import { findArtifact, mustStillRead, readArtifact, subjectOfPrincipal } from "@fleetlog/fleet";
import { ArtifactLink, ArtifactPath, ArtifactQuery, DownloadQuery, LinkBody } from "@fleetlog/protocol";
import { parseDuration } from "@fleetlog/runtime";
import { isOverTls } from "../../access/cookie.ts";
import type { HttpContext } from "../../context.ts";
import { callerOf } from "../caller.ts";
import { BYTES, RANGES, sendBytes } from "./send.ts";

const tags = ["artifacts"];
const LINK_MS = 15 * 60_000;
const LONGEST_LINK_MS = 24 * 3_600_000;

/** Signed links to downloads, and the downloads. */
export function linkRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, clock, publicOrigin, basePath = "/", findClient } = context;
  return async (app) => {
    app.post(
      "/artifacts/:name/:version/links",
      {
        config: { action: "artifact.read" },
        schema: {
          operationId: "linkArtifact",
          summary: "Make a link to a download",
          description:
            "Whoever has the link can download the version on any gateway, until the link expires or its maker loses access " +
            "to the artifact.",
          tags,
          params: ArtifactPath,
          querystring: ArtifactQuery,
          body: LinkBody,
          response: { 201: ArtifactLink },
          problems: ["artifact-unknown"],
        },
      },
      async (request, reply) => {
        const caller = callerOf(request);
        const { account, name, version } = await readArtifact(fleet, caller, { ...request.params, ...request.query });
        const lasts = parseDuration(request.body?.expiresIn ?? "") ?? LINK_MS;
        if (lasts > LONGEST_LINK_MS || lasts < 1_000) throw invalid("expiresIn", "expiresIn must be 1s to 24h");
        const expires = Math.ceil((clock() + lasts) / 1_000);
        const grant = { account, name, version, for: subjectOfPrincipal(caller.principal), expires };
        const { host = "localhost" } = findClient(request.raw);
        const origin = publicOrigin ?? `${isOverTls(request.raw) ? "https" : "http"}://${host}`;
        const base = origin + basePath.replace(/\/$/, "");
        const expiresAt = new Date(expires * 1_000).toISOString();
        return reply.status(201).send({ url: base + fleet.artifacts.links.sign(grant), expiresAt });
      },
    );

    app.get(
      "/downloads/:name/:version",
      {
        config: { action: "artifact.download" },
        schema: {
          operationId: "downloadArtifact",
          summary: "Download by a signed link",
          description: `The signature in the link authorizes. A link that was changed or has expired, or whose maker has lost access to the artifact, is refused. ${RANGES}`,
          tags,
          security: [],
          params: ArtifactPath,
          querystring: DownloadQuery,
          response: { 200: BYTES, 206: BYTES },
          problems: [
            "forbidden",
            "artifact-unknown",
            "precondition-failed",
            "range-not-satisfiable",
            "rate-limited",
            "log-unavailable",
            "unavailable",
          ],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const { signature, account, for: who, expires } = request.query;
        const id = { account, ...request.params };
        fleet.artifacts.links.verify({ ...id, for: who, expires }, signature);
        const maker = await mustStillRead(fleet, who, account);
        const found = await findArtifact(fleet, id);
        request.log.info({ artifact: id, for: who, range: request.headers.range }, "a download by a link begins");
        return sendBytes(context, request, reply, found, maker);
      },
    );
  };
}
