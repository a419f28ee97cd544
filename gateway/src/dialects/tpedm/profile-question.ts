import { randomInt } from "node:crypto";
import type { Profile } from "@fleetlog/protocol";
import { Backoff } from "@fleetlog/runtime";
import type { MqttMessage } from "../mqtt-dialect.ts";
import type { Answer } from "./answer.ts";
import { requestText } from "./call.ts";

/** Devices need some time after log-in before they answer. */
const SETTLES_MS = 2_000;
const PATIENCE = { firstMs: 30_000, longestMs: 3_600_000, jitter: "half" } as const;
const EXPIRES_MS = 60_000;
const PATH = "/device/general";
const LONGEST = 1_024;

/** The device's names for the fields of a profile, and Fleetlog's names for them. */
const FIELDS: readonly (readonly [given: string, common?: string])[] = [
  ["modelName", "model"],
  ["serialNumber", "serial"],
  ["firmwareVersion", "firmware"],
  ["hostName"],
  ["thingsproVersion"],
  ["biosVersion"],
];

export interface ProfileQuestionOptions {
  readonly clock: () => number;
  readonly topic: string;
  publish(message: MqttMessage): Promise<boolean>;
  /** Called before the first question. */
  onSettled(): void;
}

/** Asks a device for its profile once it has settled, and again until it answers. */
export class ProfileQuestion {
  readonly id = randomInt(1, 2 ** 31);
  readonly #options: ProfileQuestionOptions;
  readonly #backoff = new Backoff(PATIENCE);
  #timer: NodeJS.Timeout | undefined;
  #isDone = false;

  constructor(options: ProfileQuestionOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => {
      options.onSettled();
      this.#ask();
    }, SETTLES_MS).unref();
  }

  /** The profile in the answer; undefined if the answer has none, or came after another answer with a profile. */
  answered({ state, payload }: Answer): Profile | undefined {
    if (this.#isDone || state >= 300) return undefined;
    const profile = profileIn(payload);
    if (profile === undefined) return undefined;
    this.stop();
    return profile;
  }

  stop(): void {
    this.#isDone = true;
    clearTimeout(this.#timer);
  }

  #ask(): void {
    const { clock, topic, publish } = this.#options;
    void publish({ topic, payload: requestText({ method: "GET", path: PATH }, this.id, clock() + EXPIRES_MS) });
    this.#timer = setTimeout(() => this.#ask(), this.#backoff.failed()).unref();
  }
}

function profileIn(payload: unknown): Profile | undefined {
  const data = (payload as { data?: unknown } | null)?.data;
  if (typeof data !== "object" || data === null) return undefined;
  const given = data as Record<string, unknown>;
  const profile: Record<string, string> = {};
  for (const [name, common] of FIELDS) {
    const value = given[name];
    if (typeof value !== "string" || value === "" || value.length > LONGEST) continue;
    profile[name] = value;
    if (common !== undefined) profile[common] = value;
  }
  return Object.keys(profile).length === 0 ? undefined : profile;
}
