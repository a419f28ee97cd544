import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  type Command,
  commandOf,
  DEVICE_ID_ACCEPTS,
  FleetError,
  hasEnded,
  invalid,
  isCommandId,
  isDeviceId,
  parseDeviceId,
  type RecordedEvent,
  type Scope,
} from "@fleetlog/domain";
import { cancelCommand, deadlineFrom, findCommand, issueCommand } from "@fleetlog/fleet";
import { withoutRepeats } from "@fleetlog/log";
import {
  CommandPage,
  CommandResource,
  CommandStateName,
  DeclaredCommands,
  EventResource,
  IssueCommandBody,
  IssueCommandQuery,
  ListCommandsQuery,
  MAX_ROWS,
} from "@fleetlog/protocol";
import { parseDuration } from "@fleetlog/runtime";
import type { FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import { scopeFor } from "../access/authorize.ts";
import type { HttpContext } from "../context.ts";
import { READER, readerOptions } from "../input/reader-options.ts";
import { callerOf } from "./caller.ts";
import { COMMAND_EXAMPLES } from "./examples.ts";
import type { HttpResource } from "./resource.ts";

const tags = ["commands"];
const OfDevice = Type.Object({ id: Type.String({ description: `A device's id: ${DEVICE_ID_ACCEPTS}` }) });
const ById = Type.Object({ id: Type.String({ description: "A command's id" }) });
const MAX_WAIT_MS = 300_000;
/** Maximum number of events in an answer. Each session in which the command is delivered adds an event. */
const MAX_EVENTS = 1_000;
const MAX_PROGRESS = 500;

/** Number of devices whose declarations fit into one answer of the views, even if all differ. */
const DEVICES_AT_ONCE = 64;
const DeclaredQuery = Type.Object(
  {
    ids: Type.Array(Type.String(), {
      maxItems: MAX_ROWS,
      description: `Up to ${MAX_ROWS} ids of devices separated by commas; retired and unknown ones are left out`,
    }),
  },
  { additionalProperties: false },
);
const Declared = Type.Object({ items: Type.Array(DeclaredCommands) });

export const CommandDetail = Type.Object({ ...CommandResource.properties, events: Type.Array(EventResource) });

const CancelQuery = Type.Object(
  { reason: Type.Optional(Type.String({ maxLength: 512 })) },
  { additionalProperties: false },
);
const CancelBody = Type.Union([CancelQuery, Type.Null()]);
const CANCEL =
  "If the device has received the command, the gateway tells it to stop (`me/command/<id>/cancelled`, event `command.cancelled`); otherwise the command is not delivered.";
const CANCEL_PROBLEMS = [
  "command-unknown",
  "command-ended",
  "conflict",
  "view-unavailable",
  "view-behind",
  "log-full",
] as const;

export const commands: HttpResource = {
  tag: "commands",
  description: "Commands to devices and their results",
  schemas: {
    CommandState: CommandStateName,
    Command: CommandResource,
    CommandDetail,
    CommandPage,
    DeclaredCommands,
    IssueCommand: IssueCommandBody,
  },
  examples: COMMAND_EXAMPLES,
  prefix: "/api",
  routes: commandRoutes,
};

function commandRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, clock, notifiedSeq, commandDeadlineMs, basePath = "/" } = context;
  const { log, views, commandTail } = fleet;

  async function find(id: string, scope: Scope): Promise<CommandResource> {
    const found = isCommandId(id) ? await findCommand(fleet, id, { scope, ...READER }) : undefined;
    if (found === undefined) throw new FleetError("command-unknown", `there is no command ${id}`, { field: "id" });
    return found;
  }

  async function ended(
    id: string,
    ms: number,
    reply: FastifyReply,
    read: () => Promise<CommandResource>,
  ): Promise<CommandResource> {
    if (ms === 0) return read();
    const waiting = commandTail.wait(id, ms);
    reply.raw.once("close", waiting.stop);
    try {
      const command = await read();
      if (hasEnded(command as Command)) return command;
      waiting.startFrom(command as Command);
      const newer = await waiting.ended;
      return newer === undefined ? command : toResource(newer);
    } finally {
      reply.raw.removeListener("close", waiting.stop);
      waiting.stop();
    }
  }

  async function eventsOf(command: CommandResource): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    const entity = command.device;
    let progressed = 0;
    const query = { stream: "FLEET", category: "command", entity, fromSeq: command.seq } as const;
    for await (const event of withoutRepeats(log.read(query))) {
      if (commandOf(event) === command.id) {
        if (event.type === "CommandProgressed") progressed++;
        if (event.type !== "CommandProgressed" || progressed <= MAX_PROGRESS) events.push(event);
      }
      if (event.seq === command.endedSeq || events.length === MAX_EVENTS) break;
    }
    return events;
  }

  return async (app) => {
    app.post(
      "/devices/:id/commands",
      {
        config: { action: "command.issue" },
        schema: {
          operationId: "issueCommand",
          summary: "Issue a command; 200 if the command has ended, 202 while it is pending",
          tags,
          params: OfDevice,
          querystring: IssueCommandQuery,
          headers: Type.Object({
            "idempotency-key": Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: 256,
                description: "Requests with the same key issue one command for a device",
              }),
            ),
          }),
          body: IssueCommandBody,
          response: { 200: CommandResource, 202: CommandResource },
          problems: [
            "device-unknown",
            "device-retired",
            "idempotency-key-reused",
            "conflict",
            "view-unavailable",
            "view-behind",
            "log-full",
          ],
          hasLocation: true,
        },
      },
      async (request, reply) => {
        const { name, params, deadline, reason, unchecked } = request.body;
        const key = request.headers["idempotency-key"];
        const { traceparent } = request.raw.headers;
        const disconnected = new AbortController();
        reply.raw.once("close", () => disconnected.abort());
        const caller = { ...callerOf(request), ...(typeof traceparent === "string" && { traceparent }) };
        const requested = {
          device: parseDeviceId(request.params.id),
          name,
          deadline: deadlineFrom(deadline, clock(), commandDeadlineMs),
          ...(params !== undefined && { params }),
          ...(reason !== undefined && { reason }),
          ...(key !== undefined && { idempotencyKey: key }),
          unchecked,
        };
        const wait = { tail: commandTail, ms: waitFrom(request.query.wait), signal: disconnected.signal };
        const command = await issueCommand(fleet, caller, requested, { wait });
        commandTail.noteWritten(command.seq);
        reply.header("location", `${basePath}api/commands/${command.id}`);
        return reply.status(hasEnded(command) ? 200 : 202).send(toResource(command));
      },
    );

    app.get(
      "/commands",
      {
        config: { action: "command.read" },
        schema: {
          operationId: "listCommands",
          summary: "List commands, newest first",
          tags,
          querystring: ListCommandsQuery,
          response: { 200: CommandPage },
          problems: ["view-unavailable"],
        },
      },
      (request) => {
        const options = { scope: scopeFor(request), ...readerOptions(Math.max(commandTail.seq, notifiedSeq())) };
        return views.query("commands.list", request.query, options);
      },
    );

    app.get(
      "/commands/declared",
      {
        config: { action: "device.read" },
        schema: {
          operationId: "listDeclaredCommands",
          summary: "The commands that devices declare in their profiles",
          tags,
          querystring: DeclaredQuery,
          response: { 200: Declared },
          problems: ["view-unavailable"],
        },
      },
      async (request) => {
        const options = { scope: scopeFor(request), ...readerOptions(notifiedSeq()) };
        const ids = request.query.ids.filter((id) => isDeviceId(id));
        const parts = Array.from({ length: Math.ceil(ids.length / DEVICES_AT_ONCE) }, (_, part) =>
          views.query(
            "devices.declared",
            { ids: ids.slice(part * DEVICES_AT_ONCE, (part + 1) * DEVICES_AT_ONCE) },
            options,
          ),
        );
        return { items: merged((await Promise.all(parts)).flat()) };
      },
    );

    app.get(
      "/commands/:id",
      {
        config: { action: "command.read" },
        schema: {
          operationId: "getCommand",
          summary: "A command and its events",
          description: `With \`wait\`, the answer comes once the command has ended, or with its state when the time is up. \`progress\` is what the device reported last; \`events\` has at most its first ${MAX_PROGRESS} reports.`,
          tags,
          params: ById,
          querystring: IssueCommandQuery,
          response: { 200: CommandDetail },
          problems: ["command-unknown", "payload-too-large", "view-unavailable"],
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const scope = scopeFor(request);
        const command = await ended(id, waitFrom(request.query.wait), reply, () => find(id, scope));
        return { ...command, events: await eventsOf(command) };
      },
    );

    const cancel = async (request: FastifyRequest, id: string, reason: string | undefined) => {
      if (!isCommandId(id)) await find(id, scopeFor(request));
      return toResource(await cancelCommand(fleet, callerOf(request), id, reason));
    };

    app.delete(
      "/commands/:id",
      {
        config: { action: "command.cancel" },
        schema: {
          operationId: "deleteCommand",
          summary: "Cancel a command; the same as POST …/cancel",
          description: CANCEL,
          tags,
          params: ById,
          querystring: CancelQuery,
          response: { 200: CommandResource },
          problems: CANCEL_PROBLEMS,
        },
      },
      (request) => cancel(request, request.params.id, request.query.reason),
    );

    app.post(
      "/commands/:id/cancel",
      {
        config: { action: "command.cancel" },
        schema: {
          operationId: "cancelCommand",
          summary: "Cancel a command",
          description: CANCEL,
          tags,
          params: ById,
          body: CancelBody,
          response: { 200: CommandResource },
          problems: CANCEL_PROBLEMS,
        },
      },
      (request) => cancel(request, request.params.id, request.body?.reason),
    );
  };
}

function merged(groups: readonly DeclaredCommands[]): DeclaredCommands[] {
  const found = new Map<string, DeclaredCommands>();
  for (const { commands, devices } of groups) {
    const json = JSON.stringify(commands);
    found.set(json, { commands, devices: [...(found.get(json)?.devices ?? []), ...devices] });
  }
  return [...found.values()];
}

function waitFrom(wait: string | undefined): number {
  if (wait === undefined) return 0;
  const milliseconds = parseDuration(wait);
  if (milliseconds === undefined || milliseconds > MAX_WAIT_MS)
    throw invalid("wait", "wait is a duration of at most 5m, such as 10s");
  return milliseconds;
}

/** Without the idempotency key and the session id, which are internal. */
function toResource({ idempotencyKey: _, session: __, error, ...command }: Command): CommandResource {
  return { ...command, ...(error !== undefined && { error: { ...error } }) };
}
