import {
  COMMAND_EVENT,
  type CommandMessage,
  CommandResult,
  checker,
  EventReport,
  MAX_TELEMETRY_ITEMS,
  METHODS,
  Profile,
  Telemetry,
} from "@fleetlog/protocol";
import Type from "typebox";
import type { DeviceReports } from "../../sessions/index.ts";
import { checkedBy, type Params, soleParam } from "../../websocket/rpc/params.ts";
import { AnswerByClosing } from "../edgebind/answer-by-closing.ts";
import { CommandEvents } from "../edgebind/command-events.ts";
import type {
  JsonRpcConversation,
  JsonRpcDialect,
  JsonRpcEvent,
  JsonRpcMethod,
  JsonRpcPeer,
} from "../jsonrpc-dialect.ts";

const checkItem = checker(Telemetry, "params");
const checkItems = checker(Type.Array(Telemetry, { minItems: 1, maxItems: MAX_TELEMETRY_ITEMS }), "params");
const checkProfile = checker(Profile, "params");
const checkEvent = checker(EventReport, "params");
const checkResult = checker(CommandResult, "params");

const methods: readonly JsonRpcMethod<NativeConversation>[] = [
  {
    method: METHODS.telemetry,
    action: "telemetry.report",
    read: (params) => ({ kind: "telemetry", items: telemetryItems(params) }),
  },
  {
    method: METHODS.profile,
    action: "profile.report",
    read: (params) => ({ kind: "profile", profile: checkedBy(checkProfile, soleParam(params)) }),
  },
  {
    method: METHODS.event,
    action: "event.report",
    read: (params) => ({ kind: "event", report: checkedBy(checkEvent, soleParam(params)) }),
  },
  {
    method: METHODS.commandResult,
    action: "command.answer",
    read(params, conversation) {
      const result = checkedBy(checkResult, soleParam(params));
      conversation.answersByCalling();
      return { kind: "command-result", result };
    },
  },
];

/**
 * Commands come as event `command`, unasked, and as an event of the command's own name to devices that have subscribed to
 * that. A device that subscribes later is sent what is still open by the event that it has just begun to hear, and by no
 * other. Devices that take a command by its own name alone may answer it as Edgebind's programs do, by closing.
 */
class NativeConversation implements JsonRpcConversation {
  readonly #peer: JsonRpcPeer;
  readonly #events: CommandEvents;
  readonly #closing: AnswerByClosing;

  constructor(peer: JsonRpcPeer) {
    this.#peer = peer;
    this.#events = new CommandEvents(peer.subscriptions, COMMAND_EVENT);
    this.#closing = new AnswerByClosing(peer.clock);
  }

  command(message: CommandMessage): readonly JsonRpcEvent[] {
    const { id, name } = message;
    const due = this.#events.due(message);
    if (due.includes(name) && name !== COMMAND_EVENT && !this.#peer.subscriptions.has(COMMAND_EVENT)) {
      this.#closing.sent(id);
    }
    const params = JSON.stringify(message);
    return due.map((event) => ({ name: event, params }));
  }

  forget(command: string): void {
    this.#events.forget(command);
  }

  subscribed(events: ReadonlySet<string>): void {
    // What was sent before it listened is sent again: an event that nobody listens to is lost in the client.
    this.#peer.offerCommands(({ name }) => events.has(name) || events.has(COMMAND_EVENT));
  }

  closed(code: number): DeviceReports {
    return this.#closing.closed(code);
  }

  answersByCalling(): void {
    this.#closing.answersByCalling();
  }
}

export const nativeJsonRpc: JsonRpcDialect<NativeConversation> = {
  methods,
  converse: (_device, peer) => new NativeConversation(peer),
};

function telemetryItems(params: Params): readonly Telemetry[] {
  if (!Array.isArray(params)) return [checkedBy(checkItem, params)];
  const [first] = params;
  const items = params.length === 1 && Array.isArray(first) ? first : params;
  return checkedBy(checkItems, items);
}
