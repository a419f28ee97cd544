import type { Profile } from "@fleetlog/protocol";
import type { Source } from "./source.ts";

/** The profile: only the newest matters, and it is sent until it has been acknowledged once. */
export class LatestProfile implements Source {
  readonly share = "whole";
  readonly #onRefused: (message: string) => void;
  #profile: Profile | undefined;
  #inFlight = false;

  constructor(onRefused: (message: string) => void) {
    this.#onRefused = onRefused;
  }

  set(profile: Profile): void {
    this.#profile = profile;
  }

  get empty(): boolean {
    return this.#profile === undefined && !this.#inFlight;
  }

  take(): ReturnType<Source["take"]> {
    const profile = this.#profile;
    if (profile === undefined || this.#inFlight) return undefined;
    this.#profile = undefined;
    this.#inFlight = true;
    const settled = () => {
      this.#inFlight = false;
    };
    return {
      message: { kind: "profile", profile },
      bytes: Buffer.byteLength(JSON.stringify(profile)),
      acknowledged: settled,
      refused: ({ message }) => {
        settled();
        this.#onRefused(message);
      },
      unsettled: () => {
        settled();
        this.#profile ??= profile;
      },
    };
  }
}
