import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { type Command, commandOf, hasEnded, mayBeAbout, type RecordedEvent } from "@fleetlog/domain";
import { withoutRepeats } from "@fleetlog/log";
import { CommandPage, CommandResource, EventResource, IssueCommandQuery, ListCommandsQuery } from "@fleetlog/protocol";
import type { FastifyReply } from "fastify";
import Type from "typebox";
import { scopeFor } from "../../access/authorize.ts";
import { onceClosed } from "../../closed.ts";
import type { HttpContext } from "../../context.ts";
import { readerOptions } from "../../input/reader-options.ts";
import { ById, waitFrom } from "./input.ts";
import { commandIn, toResource } from "./resource.ts";

const tags = ["commands"];
/** Maximum number of events in an answer. Each session in which the command is delivered adds an event. */
const MAX_EVENTS = 1_000;
const MAX_PROGRESS = 500;

export const CommandDetail = Type.Object({ ...CommandResource.properties, events: Type.Array(EventResource) });

export function readingRoutes({ fleet, notifiedSeq }: HttpContext): FastifyPluginAsyncTypebox {
  const { log, views, commandTail } = fleet;

  async function ended(
    id: string,
    ms: number,
    reply: FastifyReply,
    read: () => Promise<CommandResource>,
  ): Promise<CommandResource> {
    if (ms === 0) return read();
    const waiting = commandTail.wait(id, ms);
    onceClosed(reply.raw, waiting.stop);
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
    const ids = mayBeAbout(command.id);
    const query = { stream: "FLEET", category: "command", entity, fromSeq: command.seq, ids } as const;
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
        const command = await ended(id, waitFrom(request.query.wait), reply, () => commandIn(fleet, id, scope));
        return { ...command, events: await eventsOf(command) };
      },
    );
  };
}
