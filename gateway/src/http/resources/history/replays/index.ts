import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { parseDeviceId } from "@fleetlog/domain";
import {
  REPLAY_PATH,
  Replay,
  ReplayControl,
  ReplayEvents,
  ReplayPosition,
  ReplayProblem,
  StartReplay,
} from "@fleetlog/protocol";
import { personOf } from "../../../access/authorize.ts";
import type { HttpContext } from "../../../context.ts";
import type { HttpResource } from "../../resource.ts";
import { momentFrom } from "../moment.ts";
import { REPLAY_EXAMPLES } from "./examples.ts";
import { replayId } from "./id.ts";
import { opened, requireReplayAccess } from "./request.ts";

export const replays: HttpResource = {
  tag: "history",
  schemas: { StartReplay, Replay, ReplayPosition, ReplayEvents, ReplayProblem, ReplayControl },
  examples: REPLAY_EXAMPLES,
  prefix: "/api",
  routes: replayRoutes,
};

function replayRoutes({ fleet }: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      "/history/replays",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "startReplay",
          summary: "A replay of a span of history",
          description: `Open the WebSocket \`${REPLAY_PATH}\` of the answer to play it, as often as you like. No state is kept between two plays.`,
          tags: ["history"],
          body: StartReplay,
          response: { 201: Replay },
          problems: ["device-unknown", "history-unavailable"],
        },
      },
      async (request, reply) => {
        const { from, to, speed = 1, device: named, content = "events" } = request.body;
        const person = personOf(request);
        const device = named === undefined ? {} : { device: parseDeviceId(named, "device") };
        await requireReplayAccess(fleet, person, device);
        const asked = {
          ...{ from: momentFrom(from, "from"), content, ...device },
          ...(to !== undefined && { to: momentFrom(to, "to") }),
        };
        const abort = new AbortController();
        const { head } = await opened(fleet, person, asked, { from: asked.from }, abort.signal);
        abort.abort();
        const id = replayId({ ...asked, to: asked.to ?? head.to.at, speed });
        const stream = REPLAY_PATH.replace("{id}", id);
        return reply.status(201).send({ id, stream, from: head.from, to: head.to, speed, ...device });
      },
    );
  };
}
