import { randomInt } from "node:crypto";
import { shortened } from "@fleetlog/domain";
import { type CommandMessage, type CommandResultPayload, checker } from "@fleetlog/protocol";
import { Backoff } from "@fleetlog/runtime";
import Type from "typebox";
import type { MqttMessage } from "../mqtt-dialect.ts";
import { type Answer, resultOf } from "./answer.ts";
import { type RestCall, requestText } from "./call.ts";
import { jobIn, jobsIn, progressOf, type UpgradeJob } from "./upgrades.ts";

/** Installs a package and follows the device's job to its end. */
export const UPDATE = "update";

const PATH = "/upgrades";
const PAUSES = { firstMs: 2_000, longestMs: 30_000, jitter: "half" } as const;
const EXPIRES_MS = 60_000;
/** Maximum difference between the clocks of device and server. */
const CLOCKS_DIFFER_MS = 300_000;

const check = checker(
  Type.Object(
    {
      url: Type.String({
        maxLength: 2_048,
        pattern: "^[Hh][Tt][Tt][Pp][Ss]?://[^\\u0000-\\u0020]+$",
        accepts: "an address that begins with http:// or https://",
      }),
      package: Type.Optional(Type.String({ maxLength: 128 })),
      category: Type.Optional(Type.String({ maxLength: 128 })),
      version: Type.Optional(Type.String({ maxLength: 128 })),
      requestedAt: Type.Optional(Type.String({ maxLength: 64 })),
    },
    { additionalProperties: false },
  ),
  "params",
);

export type Outcome =
  | { readonly progress: { readonly percent?: number; readonly step: string; readonly message?: string } }
  | { readonly result: CommandResultPayload };

export interface UpdateJobOptions {
  readonly clock: () => number;
  readonly topic: string;
  publish(message: MqttMessage): Promise<boolean>;
}

/** One command `update` on one connection. The job runs on the device, so it continues without the connection. */
export class UpdateJob {
  readonly command: string;
  /** Request id of the questions about the job. */
  readonly questionId = randomInt(1, 2 ** 31);
  readonly #options: UpdateJobOptions;
  readonly #url: string;
  readonly #requestedAt: number;
  readonly #backoff = new Backoff(PAUSES);
  #job: number | undefined;
  #reported = "";
  #timer: NodeJS.Timeout | undefined;
  hasSucceeded = false;

  /** @returns the job, or a `fault` that says what is wrong with the parameters */
  static from({ id, params }: CommandMessage, options: UpdateJobOptions): UpdateJob | { readonly fault: string } {
    const checked = check(params);
    if (!checked.ok) return { fault: checked.message };
    return new UpdateJob(id, checked.value, options);
  }

  private constructor(
    command: string,
    { url, requestedAt }: { url: string; requestedAt?: string },
    options: UpdateJobOptions,
  ) {
    this.command = command;
    this.#url = url;
    this.#requestedAt = requestedAt === undefined ? Number.NaN : Date.parse(requestedAt);
    this.#options = options;
  }

  get call(): RestCall {
    const body = { url: this.#url, download: true, install: true, deleteFileAfterInstallComplete: true };
    return { method: "POST", path: PATH, body };
  }

  /** Asks for a job that the device may have made on an earlier connection. */
  lookFor(): void {
    this.#askLater();
  }

  /** The answer to {@link call}. */
  started(answer: Answer): Outcome {
    if (answer.state >= 400) return { result: resultOf(answer) };
    const job = jobIn(answer.payload);
    if (job === undefined) return failed("update-unclear", "the device's answer names no update job");
    this.#job = job.id;
    return this.#outcomeOf(job) ?? { progress: progressOf(job) };
  }

  /** The answer to a question about the job. Undefined: nothing new. */
  answered({ state, payload }: Answer): Outcome | undefined {
    if (this.#job === undefined) {
      // A device that starts up refuses calls for some time.
      if (state >= 300) return undefined;
      const found = jobsIn(payload).find((job) => this.#isOurs(job));
      if (found === undefined)
        return failed("update-lost", "the device has no job for this package: send the update again");
      this.#job = found.id;
      return this.#outcomeOf(found);
    }
    if (state === 404) return failed("update-lost", "the device no longer has a job for this package");
    const job = state >= 300 ? undefined : jobIn(payload);
    return job === undefined ? undefined : this.#outcomeOf(job);
  }

  /** The call that ends the job; undefined while the job is not known. */
  get cancellation(): RestCall | undefined {
    return this.#job === undefined ? undefined : { method: "PUT", path: `${PATH}/${this.#job}/cancel` };
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #outcomeOf(job: UpgradeJob): Outcome | undefined {
    if (this.#timer === undefined) this.#askLater();
    if (job.state === "succeed") {
      this.hasSucceeded = true;
      return { result: { ok: true, result: { job: job.id, state: job.state } } };
    }
    if (job.state === "failed" || job.state === "canceled") {
      const message = job.errorMessage ?? `the device's update job ${job.id} is ${job.state}`;
      return failed(`update-${job.state}`, message);
    }
    const progress = progressOf(job);
    const text = JSON.stringify(progress);
    if (text === this.#reported) return undefined;
    this.#reported = text;
    this.#backoff.succeeded();
    return { progress };
  }

  /** Jobs that ended before this update was requested belong to earlier updates. */
  #isOurs({ url, state, createdAt }: UpgradeJob): boolean {
    if (url !== this.#url) return false;
    const isOver = state === "succeed" || state === "failed" || state === "canceled";
    return !isOver || !(createdAt < this.#requestedAt - CLOCKS_DIFFER_MS);
  }

  #askLater(): void {
    this.#timer = setTimeout(() => this.#ask(), this.#backoff.failed()).unref();
  }

  #ask(): void {
    const { clock, topic, publish } = this.#options;
    const path = this.#job === undefined ? PATH : `${PATH}/${this.#job}`;
    void publish({ topic, payload: requestText({ method: "GET", path }, this.questionId, clock() + EXPIRES_MS) });
    this.#askLater();
  }
}

function failed(code: string, message: string): Outcome {
  return { result: { ok: false, error: { code, message: shortened(message, 1_024) } } };
}
