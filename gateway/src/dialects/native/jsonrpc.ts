import {
  CertificateRenewal,
  COMMAND_CANCELLED_EVENT,
  COMMAND_EVENT,
  CONFIGURATION_EVENT,
  type CommandCancellation,
  type CommandMessage,
  CommandProgressReport,
  CommandResult,
  ConfigurationReport,
  checker,
  EventReport,
  MAX_TELEMETRY_ITEMS,
  METHODS,
  Profile,
  profileFault,
  type RenewedCertificate,
  Telemetry,
} from "@fleetlog/protocol";
import Type from "typebox";
import { checkedBy, type Params, soleParam } from "../../rpc/params.ts";
import type { DeviceReports } from "../../sessions/index.ts";
import { AnswerByClosing } from "../edgebind/answer-by-closing.ts";
import { CommandEvents } from "../edgebind/command-events.ts";
import type {
  JsonRpcConversation,
  JsonRpcDialect,
  JsonRpcDialectConnection,
  JsonRpcEvent,
  JsonRpcMethod,
} from "../jsonrpc-dialect.ts";
import { progressOf } from "./progress.ts";

const checkTelemetry = checker(Telemetry, "params");
const checkTelemetryList = checker(Type.Array(Telemetry, { minItems: 1, maxItems: MAX_TELEMETRY_ITEMS }), "params");
const checkProfile = checker(Profile, "params");
const checkEvent = checker(EventReport, "params");
const checkCommandProgress = checker(CommandProgressReport, "params");
const checkCommandResult = checker(CommandResult, "params");
const checkConfiguration = checker(ConfigurationReport, "params");

const checkRenewal = checker(CertificateRenewal, "params");

const methods: readonly JsonRpcMethod<NativeConversation>[] = [
  {
    method: METHODS.telemetry,
    action: "telemetry.report",
    read: (params) => ({ kind: "telemetry", items: telemetryItems(params) }),
  },
  {
    method: METHODS.profile,
    action: "profile.report",
    read(params) {
      const profile = checkedBy(checkProfile, soleParam(params));
      return { kind: "profile", profile, remark: profileFault(profile) };
    },
  },
  {
    method: METHODS.event,
    action: "event.report",
    read: (params) => ({ kind: "event", report: checkedBy(checkEvent, soleParam(params)) }),
  },
  {
    method: METHODS.commandProgress,
    action: "command.progress",
    read(params) {
      const { id, ...progress } = checkedBy(checkCommandProgress, soleParam(params));
      return { kind: "command-progress", progress: { ...progressOf(progress), id } };
    },
  },
  {
    method: METHODS.commandResult,
    action: "command.answer",
    read(params, conversation) {
      const result = checkedBy(checkCommandResult, soleParam(params));
      conversation.resultReceived();
      return { kind: "command-result", result };
    },
  },
  {
    method: METHODS.configurationReported,
    action: "configuration.report",
    read: (params) => ({ kind: "configuration", report: checkedBy(checkConfiguration, soleParam(params)) }),
  },
  {
    method: METHODS.certificateRenew,
    action: "certificate.renew",
    answer: async (params, conversation) =>
      conversation.renewCertificate(checkedBy(checkRenewal, soleParam(params)).csr),
  },
];

/**
 * Sends each command as the event `command`, and as the event with the command's name after a subscription. A device
 * that has subscribed only to the name may answer by closing the connection.
 */
class NativeConversation implements JsonRpcConversation {
  readonly configurationEvent = CONFIGURATION_EVENT;
  readonly #connection: JsonRpcDialectConnection;
  readonly #commandEvents: CommandEvents;
  readonly #answerByClosing: AnswerByClosing;

  constructor(connection: JsonRpcDialectConnection) {
    this.#connection = connection;
    this.#commandEvents = new CommandEvents(connection.subscriptions, COMMAND_EVENT);
    this.#answerByClosing = new AnswerByClosing(connection.clock);
  }

  command(message: CommandMessage): readonly JsonRpcEvent[] {
    const { id, name } = message;
    const due = this.#commandEvents.due(message);
    if (due.includes(name) && name !== COMMAND_EVENT && !this.#connection.subscriptions.has(COMMAND_EVENT)) {
      this.#answerByClosing.commandSent(id);
    }
    const params = JSON.stringify(message);
    return due.map((event) => ({ name: event, params }));
  }

  cancelled(message: CommandCancellation): JsonRpcEvent {
    return { name: COMMAND_CANCELLED_EVENT, params: JSON.stringify(message) };
  }

  forget(command: string): void {
    this.#commandEvents.forget(command);
  }

  subscribed(events: ReadonlySet<string>): void {
    if (events.has(CONFIGURATION_EVENT)) this.#connection.configurationSubscribed();
    // rpc-websockets' client drops an event without a listener, so open commands are sent again.
    this.#connection.offerCommands(({ name }) => events.has(name) || events.has(COMMAND_EVENT));
  }

  renewCertificate(csr: string): Promise<RenewedCertificate> {
    return this.#connection.renewCertificate(csr);
  }

  closed(code: number): DeviceReports {
    return this.#answerByClosing.closed(code);
  }

  resultReceived(): void {
    this.#answerByClosing.disable();
  }
}

export const nativeJsonRpc: JsonRpcDialect<NativeConversation> = {
  methods,
  converse: (_device, connection) => new NativeConversation(connection),
};

function telemetryItems(params: Params): readonly Telemetry[] {
  if (!Array.isArray(params)) return [checkedBy(checkTelemetry, params)];
  const [first] = params;
  const items = params.length === 1 && Array.isArray(first) ? first : params;
  return checkedBy(checkTelemetryList, items);
}
