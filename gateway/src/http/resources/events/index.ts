import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError, invalid, parseDeviceId, statusAfter } from "@fleetlog/domain";
import { allowOnDevice } from "@fleetlog/fleet";
import { IncarnationEnds } from "@fleetlog/log";
import { EventPage, EventResource, ListEventsQuery } from "@fleetlog/protocol";
import Type from "typebox";
import { Admission } from "../../../sessions/login/admission.ts";
import type { HttpContext } from "../../context.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { EVENT_EXAMPLES } from "./examples.ts";
import { readEventPage } from "./page.ts";
import type { Period } from "./period.ts";

/** Limits concurrent reads. Each takes some MiB, because devices decide how large events are. */
const READS = { concurrent: 4, waiting: 64 };

export const events: HttpResource = {
  tag: "devices",
  schemas: { Event: EventResource, EventPage },
  examples: EVENT_EXAMPLES,
  prefix: "/api",
  routes: eventRoutes,
};

function eventRoutes({ fleet }: HttpContext): FastifyPluginAsyncTypebox {
  const { log } = fleet;
  const ends = new IncarnationEnds(log);
  const reads = new Admission(READS, "too many histories are read at the same time");
  return async (app) => {
    app.get(
      "/devices/:id/events",
      {
        config: { action: "device.read" },
        schema: {
          operationId: "listDeviceEvents",
          tags: ["devices"],
          problems: ["device-unknown", "unavailable"],
          summary: "A device's events as CloudEvents with their log sequence",
          description:
            "`since` and `until` are compared with the events' `time`; give both again with each page. An event that " +
            "reached the log more than an hour after its `time` may be missing. A page ends after `limit` events or 2 MiB, " +
            "whichever comes first; `next` says whether there are more. " +
            "`with=gateways` includes the gateway events that ended a session of the device: when a gateway stops, is " +
            "lost or restarts, one event of category `gateway` ends all its sessions; this event is not among the " +
            "device's own events.",
          params: Type.Object({ id: Type.String() }),
          querystring: ListEventsQuery,
          response: { 200: EventPage },
        },
      },
      async (request) => {
        const device = parseDeviceId(request.params.id);
        const { order = "asc", from, limit = 100, category } = request.query;
        const visible = await allowOnDevice(fleet, callerOf(request), "device.read", device);
        if (statusAfter(await log.last("device", device)) === "unknown") {
          throw new FleetError("device-unknown", `there is no device ${device}`, { field: "id" });
        }
        const period = periodFrom(request.query);
        const gatewayEnds = request.query.with === "gateways" ? ends : undefined;
        return reads.run(() =>
          readEventPage(log, { device, order, limit, category, from, period, ends: gatewayEnds, visible }),
        );
      },
    );
  };
}

function periodFrom({ since, until }: ListEventsQuery): Period | undefined {
  if (since === undefined && until === undefined) return undefined;
  const period = {
    since: since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since),
    until: until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until),
  };
  if (period.since >= period.until) throw invalid("until", "the end (until) must be after the beginning (since)");
  return period;
}
