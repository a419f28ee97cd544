import { setTimeout as delay } from "node:timers/promises";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { Delivery } from "@fleetlog/domain";
import { findDelivery, ownAccount, testChannel } from "@fleetlog/fleet";
import { ChannelTest, DefinitionQuery, TestChannelBody } from "@fleetlog/protocol";
import type { HttpContext } from "../../context.ts";
import { callerOf } from "../caller.ts";
import { ById, idOf, type Named } from "./id.ts";

const tags = ["channels"];
const TEST_WAIT_MS = 20_000;
const TEST_POLL_MS = 200;
const TEST_TEXT = "This is a test of a channel of Fleetlog.";

/** Sends a test message, and waits for its outcome. */
export function testRoute(fleet: HttpContext["fleet"]): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      "/channels/:id/test",
      {
        config: { action: "channel.test" },
        schema: {
          operationId: "testChannel",
          summary: "Send a test message, and show its outcome",
          description:
            "The message is tried once. The answer comes with the outcome, or is 202 if there is none after 20 seconds.",
          tags,
          params: ById,
          querystring: DefinitionQuery,
          body: TestChannelBody,
          response: { 200: ChannelTest, 202: ChannelTest },
          problems: ["account-unknown", "channel-unknown", "limit-reached", "view-unavailable", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const caller = callerOf(request);
        const { to, text = TEST_TEXT } = request.body ?? {};
        const message = { subject: "A test of Fleetlog", text, ...(to !== undefined && { to: [to] }) };
        const id = idOf(request as Named, ownAccount(caller.principal));
        const deliveries = await testChannel(fleet, caller, id, message);
        const outcome = await outcomeOf(deliveries, () => reply.raw.destroyed);
        return reply.status(outcome.state === "waiting" ? 202 : 200).send(outcome);
      },
    );
  };

  /** The outcome of the first failed delivery; if none has failed, of the first that still waits, or else of the first. */
  async function outcomeOf(ids: readonly string[], isGone: () => boolean): Promise<ChannelTest> {
    for (const end = performance.now() + TEST_WAIT_MS; ; ) {
      const found = await Promise.all(ids.map((id) => findDelivery(fleet, id)));
      const waiting = found.find((one) => one?.status === "waiting");
      const isOver = waiting === undefined || performance.now() > end || isGone();
      if (isOver) return testOf(found.find((one) => one?.status === "given-up") ?? waiting ?? found[0], ids[0] ?? "");
      await delay(TEST_POLL_MS);
    }
  }
}

function testOf(delivery: Delivery | undefined, id: string): ChannelTest {
  const { status: state = "waiting", reason } = delivery ?? {};
  return { delivery: delivery?.id ?? id, state, ...(reason !== undefined && { reason }) };
}
