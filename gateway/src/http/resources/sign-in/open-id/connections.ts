import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError } from "@fleetlog/domain";
import { beginToConnectOpenId, disconnectOpenId, ownOpenIds } from "@fleetlog/fleet";
import { ConnectOpenIdAnswer, OpenIdList } from "@fleetlog/protocol";
import Type from "typebox";
import { isOverTls } from "../../../access/cookie.ts";
import type { HttpContext } from "../../../context.ts";
import { NoQuery } from "../../../input/no-query.ts";
import { callerOf } from "../../caller.ts";
import type { HttpResource } from "../../resource.ts";
import { beginCookie } from "./cookie.ts";

const tags = ["session"];
const ByLink = Type.Object({ link: Type.String({ pattern: "^[A-Za-z0-9-]{1,64}$", accepts: "a connection's name" }) });
const LINK = { link: "b1b0a2f4-7d8e-4a53-9d0e-6a4f6c1b2d11", issuer: "https://id.example.org/realms/fleet" };

/** The OpenID providers by which the caller signs in. */
export const openIdConnections: HttpResource = {
  tag: "session",
  schemas: { OpenIdList, ConnectOpenId: ConnectOpenIdAnswer },
  examples: {
    OpenIdList: { available: true, items: [{ ...LINK, since: "2026-01-30T08:00:00.000Z" }] },
    ConnectOpenId: { url: "https://id.example.org/authorize?client_id=fleetlog&state=…" },
  },
  prefix: "/api",
  routes: connectionRoutes,
};

function connectionRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { openId, fleet, basePath = "/" } = context;
  return async (app) => {
    app.get(
      "/session/open-ids",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "listOpenIds",
          summary: "The OpenID providers by which you sign in",
          tags,
          querystring: NoQuery,
          response: { 200: OpenIdList },
          problems: ["person-unknown"],
        },
      },
      async (request) => {
        const items = await ownOpenIds(fleet, callerOf(request));
        return { available: openId !== undefined, items: [...items] };
      },
    );

    app.post(
      "/session/open-ids",
      {
        config: { action: "session.change", proof: true },
        schema: {
          operationId: "connectOpenId",
          summary:
            "Begin to connect the OpenID provider: send the browser to the address in the answer. Needs a recent proof of identity",
          tags,
          response: { 201: ConnectOpenIdAnswer },
          problems: ["person-unknown", "not-found", "unavailable"],
        },
      },
      async (request, reply) => {
        const proof = await beginToConnectOpenId(fleet, callerOf(request));
        if (openId === undefined) {
          throw new FleetError("not-found", "no OpenID provider is set", { advice: "Set FLEETLOG_OIDC_ISSUER." });
        }
        const { url, begun, lifetimeMs } = await openId.begin(`${basePath}profile`, proof);
        const cookie = beginCookie(begun, lifetimeMs, isOverTls(request.raw), `${basePath}api/session/openid`);
        return reply.status(201).header("set-cookie", cookie).send({ url });
      },
    );

    app.delete(
      "/session/open-ids/:link",
      {
        config: { action: "session.change", proof: true },
        schema: {
          operationId: "disconnectOpenId",
          summary:
            "Disconnect an OpenID provider; the last way to sign in can't be removed. Needs a recent proof of identity",
          tags,
          params: ByLink,
          response: { 204: Type.Null() },
          problems: ["person-unknown", "last-sign-in", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        await disconnectOpenId(fleet, callerOf(request), request.params.link);
        return reply.status(204).send(null);
      },
    );
  };
}
