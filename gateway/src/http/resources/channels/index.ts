import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { type ChannelSettings, definitionEntity, type ErrorCode, type Scope } from "@fleetlog/domain";
import { deleteChannel, ownAccount, putChannel, shownSettings, unknownChannel } from "@fleetlog/fleet";
import {
  ChannelBody,
  ChannelFeed,
  ChannelHealth,
  ChannelPage,
  type ChannelRecord,
  ChannelResource,
  ChannelTest,
  DefinitionQuery,
  DeliveryPage,
  DeliveryResource,
  ListDefinitionsQuery,
  ListDeliveriesQuery,
  TestChannel,
} from "@fleetlog/protocol";
import Type from "typebox";
import { personOf, scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { IfMatch, revisionsIn } from "../../input/if-match.ts";
import { readerOptions } from "../../input/reader-options.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { WrittenSeq } from "../written.ts";
import { CHANNEL_EXAMPLES } from "./examples.ts";
import { ById, idOf, type Named } from "./id.ts";
import { testRoute } from "./test-route.ts";

const tags = ["channels"];
const PUT_PROBLEMS: readonly ErrorCode[] = [
  "account-unknown",
  "precondition-failed",
  "limit-reached",
  "view-unavailable",
  "conflict",
  "log-full",
];

export const channels: HttpResource = {
  tag: "channels",
  description: "Where messages and events of devices are sent: email, SMS and webhooks",
  schemas: {
    ChannelFeed,
    ChannelHealth,
    Channel: ChannelResource,
    ChannelPage,
    PutChannel: ChannelBody,
    TestChannel,
    ChannelTest,
    Delivery: DeliveryResource,
    DeliveryPage,
  },
  examples: CHANNEL_EXAMPLES,
  prefix: "/api",
  routes: channelRoutes,
};

function channelRoutes({ fleet, notifiedSeq, clock }: HttpContext): FastifyPluginAsyncTypebox {
  const { log, views } = fleet;
  const written = new WrittenSeq(log);
  const newest = (atLeast = 0) => readerOptions(Math.max(atLeast, written.seq, notifiedSeq()));

  /** The channel in the caller's scope. @throws FleetError `channel-unknown` */
  async function find(request: Named, scope: Scope): Promise<ChannelRecord> {
    const id = idOf(request, ownAccount(personOf(request)));
    const last = await log.last("channel", definitionEntity(id));
    const found = await views.query("channels.get", id, { scope, ...newest(last?.seq) });
    if (found === null) throw unknownChannel(id.name);
    return found;
  }

  async function shown(records: readonly ChannelRecord[], scope: Scope): Promise<ChannelResource[]> {
    const ids = records.map(({ name, account }) => ({ name, account }));
    const options = { scope, ...readerOptions(notifiedSeq("DELIVERY")) };
    const [settings, health] = await Promise.all([
      Promise.all(records.map((one) => fleet.channels.settings(definitionEntity(one), one.settings))),
      ids.length === 0 ? [] : views.query("channels.health", { channels: ids }, options).catch(() => []),
    ]);
    return records.map((one, i) => resourceOf(one, settings[i], health[i]));
  }

  return async (app) => {
    app.addHook("onClose", async () => written.stop());
    app.get(
      "/channels",
      {
        config: { action: "channel.read" },
        schema: {
          operationId: "listChannels",
          summary: "List channels",
          tags,
          querystring: ListDefinitionsQuery,
          response: { 200: ChannelPage },
          problems: ["view-unavailable", "log-unavailable"],
        },
      },
      async (request) => {
        const scope = scopeFor(request);
        const page = await views.query("channels.list", request.query, { scope, ...newest() });
        return { ...page, items: await shown(page.items, scope) };
      },
    );

    app.get(
      "/channels/:id",
      {
        config: { action: "channel.read" },
        schema: {
          operationId: "getChannel",
          summary: "One channel, without its secrets",
          tags,
          params: ById,
          querystring: DefinitionQuery,
          response: { 200: ChannelResource },
          problems: ["channel-unknown", "view-unavailable", "log-unavailable"],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const scope = scopeFor(request);
        const [found] = await shown([await find(request as Named, scope)], scope);
        return reply.header("etag", `"${found?.seq}"`).send(found as ChannelResource);
      },
    );

    app.put(
      "/channels/:id",
      {
        config: { action: "channel.change", idempotent: true },
        schema: {
          operationId: "putChannel",
          summary: "Save or replace a channel",
          description:
            "The channel's secrets are kept sealed. Only the answer that makes a webhook's key contains a secret. Secrets " +
            "that are not given stay as they are, but when the receiver changes, the secrets that it gets must be given again. " +
            "With an Idempotency-Key, a repeated request gets the webhook's key again, in case the answer was lost.",
          tags,
          params: ById,
          querystring: DefinitionQuery,
          headers: IfMatch,
          body: ChannelBody,
          response: { 200: ChannelResource, 201: ChannelResource },
          problems: [...PUT_PROBLEMS],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const caller = callerOf(request);
        const { name, account } = idOf(request as Named, ownAccount(caller.principal));
        const ifRevision = revisionsIn(request.headers["if-match"]);
        const now = caller.repeatable?.since ?? clock();
        const done = await putChannel(fleet, caller, { name, account }, request.body, { now, ifRevision });
        const { seq, created, definition, settings, secret } = done;
        written.note(seq);
        const changed = { changedAt: new Date(now).toISOString(), changedBy: caller.by, seq };
        const record = { ...(definition as Omit<ChannelRecord, "name">), name, ...changed, account };
        const answer = { ...resourceOf(record, settings), ...(secret !== undefined && { secret }) };
        return reply
          .status(created ? 201 : 200)
          .header("etag", `"${seq}"`)
          .send(answer);
      },
    );

    app.delete(
      "/channels/:id",
      {
        config: { action: "channel.change" },
        schema: {
          operationId: "deleteChannel",
          summary: "Delete a channel with its secrets; waiting messages are given up",
          tags,
          params: ById,
          querystring: DefinitionQuery,
          headers: IfMatch,
          response: { 204: Type.Null() },
          problems: ["account-unknown", "channel-unknown", "precondition-failed", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const caller = callerOf(request);
        const id = idOf(request as Named, ownAccount(caller.principal));
        const { seq } = await deleteChannel(fleet, caller, id, revisionsIn(request.headers["if-match"]));
        written.note(seq);
        return reply.status(204).send(null);
      },
    );

    await app.register(testRoute(fleet));

    app.get(
      "/channels/:id/deliveries",
      {
        config: { action: "channel.read" },
        schema: {
          operationId: "listDeliveries",
          summary: "List a channel's deliveries, sent and waiting",
          tags,
          params: ById,
          querystring: ListDeliveriesQuery,
          response: { 200: DeliveryPage },
          problems: ["channel-unknown", "view-unavailable", "log-unavailable"],
        },
      },
      async (request) => {
        const scope = scopeFor(request);
        const { name, account } = await find(request as Named, scope);
        const options = { scope, ...readerOptions(notifiedSeq("DELIVERY")) };
        return views.query("deliveries.list", { ...request.query, channel: name, account }, options);
      },
    );
  };
}

function resourceOf(
  { name: id, settings: _, ...record }: ChannelRecord,
  settings: ChannelSettings | undefined,
  health?: ChannelHealth,
): ChannelResource {
  return { id, ...record, ...shownSettings(settings), ...(health !== undefined && { health }) };
}
