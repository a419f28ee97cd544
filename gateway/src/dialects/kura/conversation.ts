import { createHash } from "node:crypto";
import { isCommandId } from "@fleetlog/domain";
import type { CommandCancellation, CommandMessage, CommandResult, Profile } from "@fleetlog/protocol";
import { type DeviceReports, NO_REPORTS } from "../../sessions/index.ts";
import type { MqttConversation, MqttDialectConnection, MqttMessage } from "../mqtt-dialect.ts";
import type { TopicNames } from "../topic-table.ts";
import { Downloads } from "./downloads.ts";
import { decodePayload, encodePayload, type KuraPayload, type OutgoingMetric } from "./payload/codec.ts";
import { birthOf, changingIn } from "./reports/birth.ts";
import { isStage, stageReport } from "./reports/notification.ts";
import { codeOf, failedProgram, failure, OK, refusalIn } from "./reports/reply.ts";
import { eventOf } from "./reports/telemetry.ts";
import { requestOf } from "./requests/index.ts";
import { type Asked, type KuraApp, numberIn, type Stage, text } from "./requests/request.ts";
import { XmlFault } from "./xml/read.ts";

/** The requester in the topics of replies. */
export const REQUESTER = "fleetlog";
/** Prefix of the ids of requests that belong to no command. Ids of commands have no dot. */
const OWN_ID = "own.";
/** Number of ended commands of a connection that are remembered, to recognise a second reply. */
const MAX_ENDED = 64;
/** Number of notifications that are kept until their command is offered. */
const MAX_EARLY = 8;
const JOB_BYTES = 6;

type Request = NonNullable<ReturnType<typeof requestOf>>;

interface Sent {
  readonly request: Request;
  readonly job: number;
  readonly stages: readonly Stage[];
  isAccepted: boolean;
}

/**
 * One connection of a Kura device. The `request.id` of a request is the command's id, and the job id is computed from
 * it. So a reply or notification identifies its command, even if it comes on a later connection.
 */
export class KuraConversation implements MqttConversation {
  readonly names: TopicNames;
  readonly #connection: MqttDialectConnection;
  readonly #sent = new Map<string, Sent>();
  readonly #ended = new Map<string, Request | undefined>();
  readonly #refused = new Set<string>();
  readonly #early = new Map<number, readonly [Stage, KuraPayload]>();
  readonly #downloads: Downloads;
  #profile: Profile | undefined;
  #readsGzip = false;

  constructor(account: string, clientId: string, connection: MqttDialectConnection) {
    this.names = { account, clientId, requester: REQUESTER };
    this.#connection = connection;
    this.#downloads = new Downloads({
      downloadOf: (artifact) => connection.downloadOf(artifact),
      found: () => connection.offerCommands(),
      failed: (id, { code, message }) => {
        this.#refuse(id, code, message);
        connection.offerCommands();
      },
    });
  }

  /** Reads a message of the device. The bytes that decompression adds count against the byte limits. */
  read(bytes: Uint8Array, most?: number): KuraPayload {
    return decodePayload(bytes, most, (added) => this.#connection.countBytes(added));
  }

  command({ id, name, params }: CommandMessage, deliveries: number): MqttMessage | undefined {
    const request = requestOf(name);
    if (request === undefined) return this.#refuse(id, "unknown-command", `a device of Kura has no command ${name}`);
    const checked = request.check(params ?? {});
    const fault = checked.ok ? request.fault?.(checked.value) : checked.message;
    if (!checked.ok || fault !== undefined) return this.#refuse(id, "invalid-params", fault ?? "");
    const stages = request.stages?.(checked.value) ?? [];
    const sent = this.#sent.get(id) ?? { request, job: jobOf(id), stages, isAccepted: false };
    if (deliveries > 0 && !request.isRepeatable) return this.#awaitOnly(id, sent);
    // The device works on one package at a time.
    if (stages.length > 0 && this.#isWorking(id)) return undefined;
    const artifact = request.artifactIn?.(checked.value);
    const download = artifact === undefined ? undefined : this.#downloads.of(id, artifact);
    if (artifact !== undefined && download === undefined) return undefined;
    try {
      const asked = request.ask(checked.value, BigInt(sent.job), download);
      this.#sent.set(id, sent);
      return this.#message(request.app, id, asked);
    } catch (error) {
      if (!(error instanceof XmlFault)) throw error;
      return this.#refuse(id, "invalid-params", error.message);
    }
  }

  /** Stops a download whose command was cancelled. */
  cancelled({ id }: CommandCancellation): MqttMessage | undefined {
    const request = this.#ended.get(id) ?? this.#sent.get(id)?.request;
    if (request?.name !== "package.download") return undefined;
    return this.#message("DEPLOY-V2", `${OWN_ID}${id}`, { method: "DEL", resource: "download" });
  }

  forget(command: string): void {
    this.#refused.delete(command);
    const hadLink = this.#downloads.forget(command);
    const sent = this.#sent.get(command);
    if (sent !== undefined) {
      this.#sent.delete(command);
      this.#noteEnded(command, sent.request);
    }
    // The next command is offered later, because the queue is still ending this one.
    if (hadLink || (sent !== undefined && sent.stages.length > 0)) setImmediate(() => this.#connection.offerCommands());
  }

  ended(): void {
    this.#sent.clear();
    this.#early.clear();
    this.#downloads.end();
  }

  /** Called for a message on `MQTT/BIRTH` or `MQTT/APPS`. */
  born(payload: KuraPayload, isBirth: boolean): DeviceReports {
    if (!isBirth && this.#profile === undefined) return NO_REPORTS;
    const { profile, readsGzip } = birthOf(payload, isBirth ? undefined : this.#profile);
    this.#profile = profile;
    if (isBirth) this.#readsGzip = readsGzip;
    const report = { kind: "profile", profile } as const;
    return isBirth ? [report, { kind: "event", report: eventOf("birth", changingIn(payload), payload) }] : report;
  }

  /** Reports what a reply says. A second reply to the same request is not reported. */
  replied(app: string, id: string, reply: KuraPayload): DeviceReports {
    if (!isCommandId(id) || this.#ended.has(id) || !isApp(app)) return NO_REPORTS;
    const sent = this.#sent.get(id);
    if (sent !== undefined && sent.request.app !== app) return NO_REPORTS;
    if (codeOf(reply) !== OK) return this.#result(id, refusalIn(id, app, reply));
    const request = sent?.request ?? lateRequest(app, reply);
    if (request === undefined) return NO_REPORTS;
    if (request.resultIn === undefined) {
      if (sent === undefined || sent.isAccepted) return NO_REPORTS;
      sent.isAccepted = true;
      return { kind: "command-progress", progress: { id, step: "accepted" } };
    }
    const failed = app === "CMD-V1" ? failedProgram(id, reply) : undefined;
    if (failed !== undefined) return this.#result(id, failed);
    try {
      return this.#result(id, { id, ok: true, result: request.resultIn(reply) });
    } catch (error) {
      if (!(error instanceof XmlFault)) throw error;
      return this.#result(id, failure(id, "unreadable-reply", error.message));
    }
  }

  /** Reports what a notification says about the work on a package. */
  notified(stage: string, payload: KuraPayload): DeviceReports {
    const job = numberIn(payload, "job.id");
    if (job === undefined || !isStage(stage)) return NO_REPORTS;
    for (const [id, sent] of this.#sent) if (sent.job === job) return this.#stageReports(id, sent, stage, payload);
    this.#early.delete(job);
    if (this.#early.size === MAX_EARLY) this.#early.delete(this.#early.keys().next().value as number);
    this.#early.set(job, [stage, payload]);
    return NO_REPORTS;
  }

  #stageReports(id: string, { stages }: Sent, stage: Stage, payload: KuraPayload): DeviceReports {
    if (!stages.includes(stage)) return NO_REPORTS;
    const report = stageReport(stage, payload);
    if (report === undefined || this.#ended.has(id)) return NO_REPORTS;
    if (report.kind === "failed") return this.#result(id, report.result(id));
    if (report.kind === "progress") return { kind: "command-progress", progress: { id, ...report.progress } };
    if (stage === stages.at(-1)) return this.#result(id, { id, ok: true, result: report.result });
    return { kind: "command-progress", progress: { id, step: "installing" } };
  }

  #result(id: string, result: CommandResult): DeviceReports {
    this.#noteEnded(id, this.#sent.get(id)?.request);
    return { kind: "command-result", result };
  }

  #noteEnded(id: string, request: Request | undefined): void {
    this.#ended.delete(id);
    if (this.#ended.size === MAX_ENDED) this.#ended.delete(this.#ended.keys().next().value as string);
    this.#ended.set(id, request);
  }

  /**
   * Awaits the answer to a command that was sent on an earlier connection. The command is not sent again, because a
   * second execution may do harm.
   */
  #awaitOnly(id: string, sent: Sent): undefined {
    if (this.#sent.has(id)) return undefined;
    this.#sent.set(id, sent);
    const message = "the command was sent before the connection ended, and is not sent again";
    this.#report({ kind: "command-progress", progress: { id, step: "waiting for the answer", message } });
    const early = this.#early.get(sent.job);
    this.#early.delete(sent.job);
    if (early !== undefined) this.#report(this.#stageReports(id, sent, ...early));
    return undefined;
  }

  /** Fails a command that can't be sent. */
  #refuse(id: string, code: string, message: string): undefined {
    if (this.#refused.has(id)) return undefined;
    this.#refused.add(id);
    this.#report({ kind: "command-result", result: failure(id, code, message) }, () => this.#refused.delete(id));
    return undefined;
  }

  /** Reports after `command` has returned. If the log is unavailable, the next connection tries again. */
  #report(reports: DeviceReports, failed: () => void = () => {}): void {
    setImmediate(() => void this.#connection.report(reports).catch(failed));
  }

  #isWorking(id: string): boolean {
    if (this.#downloads.isBusyWithOther(id)) return true;
    return [...this.#sent].some(([other, { stages }]) => other !== id && stages.length > 0);
  }

  #message(app: KuraApp, id: string, { method, resource, metrics = [], body }: Asked | Stop): MqttMessage {
    const { account, clientId } = this.names;
    const all: OutgoingMetric[] = [text("request.id", id), text("requester.client.id", REQUESTER), ...metrics];
    const content = body === undefined ? {} : { body: Buffer.from(body) };
    return {
      topic: `$EDC/${account}/${clientId}/${app}/${method}/${resource}`,
      payload: encodePayload({ timestamp: this.#connection.clock(), metrics: all, ...content }, this.#readsGzip),
    };
  }
}

interface Stop {
  readonly method: "DEL";
  readonly resource: "download";
  readonly metrics?: undefined;
  readonly body?: undefined;
}

/**
 * A device can reply to a request of an earlier connection before this connection has offered the command again. Returns
 * the request of such a reply. Undefined if the reply is not needed, because its request is sent again or ends with a
 * notification.
 */
function lateRequest(app: KuraApp, { body }: KuraPayload): Request | undefined {
  if (app === "CMD-V1") return requestOf("exec");
  return app === "CONF-V1" && body === undefined ? requestOf("configuration.put") : undefined;
}

function isApp(app: string): app is KuraApp {
  return app === "CMD-V1" || app === "CONF-V1" || app === "DEPLOY-V2";
}

/** A number that fits into the device's 64-bit job id and into a JSON number. */
function jobOf(command: string): number {
  return createHash("sha256").update(command).digest().readUIntBE(0, JOB_BYTES);
}
