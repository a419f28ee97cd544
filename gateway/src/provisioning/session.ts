import { type CloseReason, FleetError } from "@fleetlog/domain";
import type { ProvisionAsk, ProvisionProgress, ProvisionReply } from "@fleetlog/protocol";
import { TokenBucket } from "@fleetlog/runtime";
import type { Logger } from "pino";
import {
  type AnySession,
  type DeviceConnection,
  type DeviceReports,
  type ReportReceiver,
  type SessionObserver,
  settle,
} from "../sessions/index.ts";
import type { ProvisioningDevice } from "./device.ts";

const BURST = 20;
const REFILL_MS = 250;
const BURST_BYTES = 256 * 1_024;
const REFILL_BYTE_MS = 1 / 64;
const MAX_FORBIDDEN = 5;

/** After these errors the device must try again. All other errors are sent to it as the reply. */
const TRY_AGAIN: ReadonlySet<string> = new Set([
  "log-unavailable",
  "log-full",
  "view-behind",
  "view-unavailable",
  "unavailable",
  "conflict",
  "internal",
]);

export interface ProvisioningSessionParts {
  readonly device: ProvisioningDevice;
  readonly connection: Pick<DeviceConnection, "end">;
  readonly observe: Pick<SessionObserver, "refused" | "subscriptionRefused">;
  readonly logger: Logger;
  readonly clock: () => number;
  /** Sends the answer over MQTT. Over JSON-RPC the answer is the result of a call. */
  readonly reply: (reply: ProvisionReply) => Promise<boolean>;
  readonly onEnd: (session: ProvisioningSession) => void;
}

/** The session of a provisioning device. The log has no events about it. */
export class ProvisioningSession implements AnySession {
  readonly #parts: ProvisioningSessionParts;
  readonly #rate: TokenBucket;
  readonly #byteRate: TokenBucket;
  readonly #over = new AbortController();
  #forbidden = 0;
  /** Codes of logged refusals: each is logged once, however often the device asks. */
  readonly #refusals = new Set<string>();
  #couldNotReply = false;
  /** Number of the newest question: only that is answered. */
  #asked = 0;
  /** Resolves when the newest question has an answer. */
  #answered: Promise<unknown> = Promise.resolve();
  /** Resolves when the questions so far have answers. */
  #answering: Promise<unknown> = Promise.resolve();
  /** Ends the wait of the newest question. */
  #wait = new AbortController();

  constructor(parts: ProvisioningSessionParts) {
    this.#parts = parts;
    this.#rate = new TokenBucket({ burst: BURST, refillMs: REFILL_MS }, parts.clock);
    this.#byteRate = new TokenBucket({ burst: BURST_BYTES, refillMs: REFILL_BYTE_MS }, parts.clock);
  }

  get id(): string {
    return this.#parts.device.id;
  }

  get device(): string {
    return this.#parts.device.login;
  }

  get ended(): boolean {
    return this.#over.signal.aborted;
  }

  /** Whether what the device has shown still lets it in. */
  async isAllowed(): Promise<boolean> {
    return (await this.#parts.device.allowed?.()) !== false;
  }

  throttle(events: number, bytes: number): number {
    return Math.max(this.#rate.take(events), this.#byteRate.take(bytes));
  }

  /** @throws FleetError */
  ask(ask: ProvisionAsk): Promise<{ readonly jws: string }> {
    const answer = this.#ask(ask);
    this.#answered = answer.catch(() => undefined);
    return answer;
  }

  async #ask(ask: ProvisionAsk): Promise<{ readonly jws: string }> {
    const { device } = this.#parts;
    this.#mustBeOpen();
    try {
      await this.#ready();
      // Questions are answered one after another, because each answer ends the credential of the answer before.
      const answer = this.#answering.then(() => {
        this.#mustBeOpen();
        return device.ask(ask, device.session);
      });
      this.#answering = answer.catch((error: unknown) => {
        // A newer session has got the device's credential, so this session can't get one any more.
        if (error instanceof FleetError && error.code === "session-superseded") this.end("superseded", error.message);
      });
      return await answer;
    } catch (error) {
      const isForbidden = error instanceof FleetError && error.code === "forbidden";
      if (isForbidden && ++this.#forbidden >= MAX_FORBIDDEN)
        setImmediate(() => this.end("protocol-error", "too many wrong activation keys"));
      throw error;
    }
  }

  /** @throws FleetError `session-superseded` if the device has asked again meanwhile, or its session has ended */
  async #ready(): Promise<void> {
    const number = ++this.#asked;
    const { ready } = this.#parts.device;
    if (ready === undefined) return;
    this.#wait.abort();
    this.#wait = new AbortController();
    await ready(this.#wait.signal);
    this.#mustBeOpen();
    if (number !== this.#asked) throw new FleetError("session-superseded", "the device has asked again");
  }

  /** @throws FleetError */
  progress(progress: ProvisionProgress): Promise<number> {
    this.#mustBeOpen();
    return this.#parts.device.progress(progress);
  }

  reportTo(reports: DeviceReports, receiver: ReportReceiver): void {
    settle(this.report(reports), receiver);
  }

  async report(reports: DeviceReports): Promise<number> {
    if (!("kind" in reports)) return 0;
    switch (reports.kind) {
      case "provision-ask":
        // For a device that must wait for a claim, the question is acknowledged now and answered later.
        if (this.#parts.device.ready === undefined || reports.ask instanceof FleetError)
          await this.#answerRead(reports.ask);
        else void this.#answerLater(reports.ask);
        return 0;
      case "provision-progress":
        return this.progress(reports.progress);
      default:
        throw new FleetError(
          "forbidden",
          "a provisioning device can only request its credential and report its progress",
        );
    }
  }

  /**
   * @throws FleetError for a question that can't be read. The error was already sent as the answer, but PUBACK of MQTT
   * 5 must have the error's code, too
   */
  async #answerRead(ask: ProvisionAsk | FleetError): Promise<void> {
    if (!(ask instanceof FleetError)) return this.#answer(ask);
    this.#send({ error: { code: ask.code, message: ask.message } });
    throw ask;
  }

  async #answerLater(ask: ProvisionAsk): Promise<void> {
    try {
      await this.#answer(ask);
    } catch (err) {
      const { logger, device } = this.#parts;
      logger.info(
        { err, provisioning: device.id },
        "could not answer a device that has shown a claim code; it must try again",
      );
      this.end("log-unavailable", "try again later");
    }
  }

  async #answer(ask: ProvisionAsk): Promise<void> {
    const { logger, device } = this.#parts;
    const answer = await this.ask(ask).catch((error: unknown): ProvisionReply | undefined => {
      if (error instanceof FleetError && error.code === "session-superseded") return undefined;
      if (!(error instanceof FleetError) || TRY_AGAIN.has(error.code)) throw error;
      if (!this.#refusals.has(error.code)) {
        this.#refusals.add(error.code);
        logger.info(
          { provisioning: device.id, code: error.code },
          `a provisioning device was refused: ${error.message}`,
        );
      }
      return { error: { code: error.code, message: error.message } };
    });
    if (answer !== undefined) this.#send(answer);
  }

  #send(answer: ProvisionReply): void {
    const { reply, logger, device } = this.#parts;
    // `reply` is not awaited, because the device's next message must not wait for its acknowledgement.
    void reply(answer).then((sent) => {
      if (sent || this.#couldNotReply) return;
      this.#couldNotReply = true;
      logger.info({ provisioning: device.id }, "the reply could not be sent; the device asks again");
    });
  }

  whenRepeatsDecided(): undefined {
    return undefined;
  }

  refused(refusal: { readonly code: string; readonly message: string }): void {
    const { observe, logger, device } = this.#parts;
    observe.refused(refusal.code);
    logger.debug({ provisioning: device.id, code: refusal.code }, refusal.message);
  }

  subscriptionRefused(): void {
    this.#parts.observe.subscriptionRefused();
  }

  remarked(): void {}

  offerCommands(): void {}

  configurationSubscribed(): void {}

  renewCertificate(): Promise<never> {
    return Promise.reject(new FleetError("forbidden", "a provisioning device has no certificate to renew"));
  }

  downloadOf(): Promise<never> {
    return Promise.reject(new FleetError("forbidden", "a provisioning device gets its download links in the reply"));
  }

  connectionEnded(): void {
    this.#finish();
  }

  end(reason: CloseReason, detail?: string): void {
    if (this.#finish()) this.#parts.connection.end(reason, detail);
  }

  /** Ends the session after the answer to the device's question, if there is one, was sent. */
  endAnswered(reason: CloseReason, detail: string): void {
    void this.#answered.then(() => setImmediate(() => this.end(reason, detail)));
  }

  #finish(): boolean {
    if (this.ended) return false;
    this.#over.abort();
    this.#wait.abort();
    this.#parts.onEnd(this);
    return true;
  }

  #mustBeOpen(): void {
    if (this.ended) throw new FleetError("session-superseded", "the session has ended");
  }
}
