import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  type Command,
  FleetError,
  hasEnded,
  invalid,
  isCommandId,
  parseDeviceId,
  type RecordedEvent,
} from "@fleetlog/domain";
import {
  CommandPage,
  CommandResource,
  EventResource,
  IssueCommandBody,
  IssueCommandQuery,
  ListCommandsQuery,
} from "@fleetlog/protocol";
import Type from "typebox";
import { deadlineFrom, parseDuration } from "../commands/deadline.ts";
import { freshest } from "../views/fresh.ts";
import { askerOf } from "./auth.ts";
import type { HttpContext } from "./context.ts";

const ById = Type.Object({ id: Type.String() });
const MAX_WAIT_MS = 300_000;
/** Deliveries are one event a session; a command that was delivered more often shows its first thousand. */
const MAX_EVENTS = 1_000;

export const CommandDetail = Type.Object({ ...CommandResource.properties, events: Type.Array(EventResource) });

const CancelBody = Type.Union([
  Type.Object({ reason: Type.Optional(Type.String({ maxLength: 512 })) }, { additionalProperties: false }),
  Type.Null(),
]);

export function commandRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { backbone, commands, tail, clock, announced, commandDeadlineMs } = context;

  async function find(id: string): Promise<CommandResource> {
    const found = isCommandId(id) ? await freshest(backbone.bus, "commands.get", { id }, tail.seq) : null;
    if (found === null) throw new FleetError("command-unknown", `there is no command ${id}`, { field: "id" });
    return found;
  }

  async function eventsOf(command: CommandResource): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    const entity = command.device;
    for await (const event of backbone.log.read({
      stream: "FLEET",
      category: "command",
      entity,
      fromSeq: command.seq,
    })) {
      if ((event.data as { command?: string }).command === command.id) events.push(event);
      if (event.seq === command.endedSeq || events.length === MAX_EVENTS) break;
    }
    return events;
  }

  return async (app) => {
    app.post(
      "/devices/:id/commands",
      {
        schema: {
          summary: "Issue a command",
          params: ById,
          querystring: IssueCommandQuery,
          headers: Type.Object({ "idempotency-key": Type.Optional(Type.String({ minLength: 1, maxLength: 256 })) }),
          body: IssueCommandBody,
          response: { 200: CommandResource, 202: CommandResource },
        },
      },
      async (request, reply) => {
        const { name, params, deadline, reason } = request.body;
        const { by, correlationid } = askerOf(request);
        const key = request.headers["idempotency-key"];
        const { traceparent } = request.raw.headers;
        const gone = new AbortController();
        reply.raw.once("close", () => gone.abort());
        const command = await commands.issue({
          device: parseDeviceId(request.params.id),
          name,
          deadline: deadlineFrom(deadline, clock(), commandDeadlineMs),
          by,
          correlationid,
          waitMs: waitFrom(request.query.wait),
          signal: gone.signal,
          ...(params !== undefined && { params }),
          ...(reason !== undefined && { reason }),
          ...(key !== undefined && { idempotencyKey: key }),
          ...(typeof traceparent === "string" && { traceparent }),
        });
        reply.header("location", `/api/commands/${command.id}`);
        return reply.status(hasEnded(command) ? 200 : 202).send(toResource(command));
      },
    );

    app.get(
      "/commands",
      { schema: { summary: "List commands", querystring: ListCommandsQuery, response: { 200: CommandPage } } },
      (request) => freshest(backbone.bus, "commands.list", request.query, Math.max(tail.seq, announced())),
    );

    app.get(
      "/commands/:id",
      { schema: { summary: "A command and its events", params: ById, response: { 200: CommandDetail } } },
      async (request) => {
        const command = await find(request.params.id);
        return { ...command, events: await eventsOf(command) };
      },
    );

    app.post(
      "/commands/:id/cancel",
      { schema: { summary: "Cancel", params: ById, body: CancelBody, response: { 200: CommandResource } } },
      async (request) => {
        const { by, correlationid } = askerOf(request);
        if (!isCommandId(request.params.id)) await find(request.params.id);
        return toResource(await commands.cancel(request.params.id, by, request.body?.reason, correlationid));
      },
    );
  };
}

function waitFrom(wait: string | undefined): number {
  if (wait === undefined) return 0;
  const milliseconds = parseDuration(wait);
  if (milliseconds === undefined || milliseconds > MAX_WAIT_MS)
    throw invalid("wait", "wait is a duration of at most 5m, such as 10s");
  return milliseconds;
}

/** The idempotency key stays between the caller and the log. */
function toResource({ idempotencyKey: _, error, ...command }: Command): CommandResource {
  return { ...command, ...(error !== undefined && { error: { ...error } }) };
}
