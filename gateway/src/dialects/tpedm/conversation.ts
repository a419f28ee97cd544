import { randomInt } from "node:crypto";
import { FleetError, invalid } from "@fleetlog/domain";
import type { CommandCancellation, CommandMessage, CommandResultPayload } from "@fleetlog/protocol";
import { Backoff, LazySet } from "@fleetlog/runtime";
import { type DeviceReport, type DeviceReports, NO_REPORTS } from "../../sessions/index.ts";
import type { MqttConversation, MqttDialectConnection, MqttMessage } from "../mqtt-dialect.ts";
import { type Answer, EXPIRED_ID, readAnswer, resultOf } from "./answer.ts";
import { isRepeatable, REST, requestText, restCallOf } from "./call.ts";
import { OpenRequests } from "./open-requests.ts";
import { ProfileQuestion } from "./profile-question.ts";
import { type Outcome, UPDATE, UpdateJob } from "./update-job.ts";

const CANCEL_EXPIRES_MS = 60_000;
const RETRIES = { firstMs: 1_000, longestMs: 30_000, jitter: "half" } as const;

/** A command is a request with an id and an expiry; the answer has the id. Several may be open at a time. */
export class TpedmConversation implements MqttConversation {
  readonly names: { readonly clientId: string };
  readonly #connection: MqttDialectConnection;
  readonly #requests = new OpenRequests();
  /** Commands that the gateway ends without an answer of the device. */
  readonly #ending = new LazySet<string>();
  #profile: ProfileQuestion | undefined;
  /**
   * True some time after the log-in. Before that, the device may ignore requests, so none is sent: a lost request
   * that changes something could not be repeated.
   */
  #hasSettled = false;
  /** The running update: the device installs one at a time. */
  #update: UpdateJob | undefined;
  /**
   * The update whose command was forgotten last. A cancelled command is forgotten first; `cancelled` is called
   * afterwards.
   */
  #formerUpdate: UpdateJob | undefined;
  #isOver = false;

  constructor(clientId: string, connection: MqttDialectConnection) {
    this.names = { clientId };
    this.#connection = connection;
  }

  command(message: CommandMessage, deliveries: number): MqttMessage | undefined {
    const { id, name, params, deadline } = message;
    if (this.#ending.has(id)) return undefined;
    if (name === UPDATE) return this.#install(message, deliveries);
    if (name !== REST)
      return this.#end(id, {
        code: "command-unsupported",
        message: `the only commands are "${REST}" and "${UPDATE}"`,
      });
    const read = restCallOf(params);
    if ("fault" in read) return this.#end(id, { code: "invalid-params", message: read.fault });
    const expiresAt = Date.parse(deadline);
    const request = this.#requests.of(id, expiresAt);
    if (deliveries > 0) {
      const early = this.#requests.takeEarly(request.id);
      if (early !== undefined) {
        request.isAnswered = true;
        return this.#endWith(id, resultOf(early));
      }
      // The device got this request on an earlier connection. Sent again, it might be done twice.
      if (!isRepeatable(read.call)) return undefined;
    }
    if (!this.#hasSettled) return undefined;
    return { topic: this.#topic, payload: requestText(read.call, request.id, expiresAt) };
  }

  /**
   * The message that starts the update. Undefined if the call must wait for the device to settle or for another update
   * to end, or if it was sent on an earlier connection.
   */
  #install(message: CommandMessage, deliveries: number): MqttMessage | undefined {
    const { id, deadline } = message;
    if (this.#update !== undefined || !this.#hasSettled) return undefined;
    const job = UpdateJob.from(message, this.#asking);
    if ("fault" in job) return this.#end(id, { code: "invalid-params", message: job.fault });
    this.#update = job;
    const expiresAt = Date.parse(deadline);
    const request = this.#requests.of(id, expiresAt);
    if (deliveries === 0) return { topic: this.#topic, payload: requestText(job.call, request.id, expiresAt) };
    job.lookFor();
    return undefined;
  }

  cancelled({ id }: CommandCancellation): MqttMessage | undefined {
    const call = [this.#update, this.#formerUpdate].find((job) => job?.command === id)?.cancellation;
    if (call === undefined) return undefined;
    const request = randomInt(1, 2 ** 31);
    this.#requests.noteAnswered(request);
    const expiresAt = this.#connection.clock() + CANCEL_EXPIRES_MS;
    return { topic: this.#topic, payload: requestText(call, request, expiresAt) };
  }

  forget(command: string): void {
    this.#requests.forget(command);
    this.#ending.delete(command);
    if (this.#update?.command !== command) return;
    const { hasSucceeded } = this.#update;
    this.#update.stop();
    this.#formerUpdate = this.#update;
    this.#update = undefined;
    if (this.#isOver) return;
    if (hasSucceeded) this.#askForProfile();
    setImmediate(() => this.#connection.offerCommands());
  }

  listening(): void {
    if (this.#profile === undefined) this.#askForProfile();
  }

  #settled(): void {
    if (this.#hasSettled) return;
    this.#hasSettled = true;
    this.#connection.offerCommands();
  }

  ended(): void {
    this.#isOver = true;
    this.#profile?.stop();
    this.#update?.stop();
  }

  #askForProfile(): void {
    this.#profile?.stop();
    this.#profile = new ProfileQuestion({ ...this.#asking, onSettled: () => this.#settled() });
  }

  get #asking() {
    return {
      clock: this.#connection.clock,
      topic: this.#topic,
      publish: (message: MqttMessage) => this.#connection.publish(message),
    };
  }

  /** @throws FleetError `invalid-request` for an answer that can't be read, `command-unknown` if nothing was asked */
  answered(bytes: Buffer): DeviceReports {
    const answer = readAnswer(bytes);
    if (answer.id === EXPIRED_ID) return this.#expired();
    if (answer.id === this.#profile?.id) return this.#profiled(answer);
    const update = this.#update;
    if (update !== undefined && answer.id === update.questionId) return reportsOf(update, update.answered(answer));
    const request = this.#requests.get(answer.id);
    if (request === undefined) {
      if (this.#requests.wasAnswered(answer.id)) return NO_REPORTS;
      this.#requests.keepEarly(answer, bytes.length);
      throw new FleetError("command-unknown", `no request has the id ${answer.id}`, { field: "request-id" });
    }
    if (request.isAnswered) return NO_REPORTS;
    request.isAnswered = true;
    if (request.command === update?.command) return reportsOf(update, update.started(answer));
    return ended(request.command, resultOf(answer));
  }

  #profiled(answer: Answer): DeviceReports {
    const profile = this.#profile?.answered(answer);
    return profile === undefined ? NO_REPORTS : { kind: "profile", profile };
  }

  /** The device does not say which request came too late, but it can only be one whose expiry has passed. */
  #expired(): DeviceReports {
    const expired = this.#requests.expired(this.#connection.clock());
    if (expired.length === 0) {
      throw invalid("request-id", "no open request has expired yet; the clock of the device may be ahead");
    }
    return expired.map((request) => {
      request.isAnswered = true;
      return ended(request.command, { ok: false, error: EXPIRED });
    });
  }

  get #topic(): string {
    return `/tpedm/${this.names.clientId}/input`;
  }

  #end(command: string, error: { readonly code: string; readonly message: string }): undefined {
    this.#endWith(command, { ok: false, error });
  }

  #endWith(command: string, result: CommandResultPayload): undefined {
    this.#ending.add(command);
    // Reported later, because the queue is still offering this command.
    setImmediate(() => void this.#report(ended(command, result), new Backoff(RETRIES)));
  }

  /** Tries again while the log is away. */
  async #report(report: DeviceReport & { readonly kind: "command-result" }, backoff: Backoff): Promise<void> {
    if (this.#isOver || !this.#ending.has(report.result.id)) return;
    await this.#connection.report(report).catch(() => {
      setTimeout(() => void this.#report(report, backoff), backoff.failed()).unref();
    });
  }
}

const EXPIRED = { code: "expired", message: "the device got the request after its expiry" } as const;

function reportsOf({ command: id }: UpdateJob, outcome: Outcome | undefined): DeviceReports {
  if (outcome === undefined) return NO_REPORTS;
  if ("result" in outcome) return ended(id, outcome.result);
  return { kind: "command-progress", progress: { id, ...outcome.progress } };
}

function ended(id: string, result: CommandResultPayload) {
  return { kind: "command-result", result: { ...result, id } } as const;
}
