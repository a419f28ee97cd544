import type { Profile } from "@fleetlog/protocol";
import { byteLength } from "../byte-length.ts";
import type { MessageSource } from "./message-source.ts";

export class LatestProfile implements MessageSource {
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

  take(): ReturnType<MessageSource["take"]> {
    const profile = this.#profile;
    if (profile === undefined || this.#inFlight) return undefined;
    this.#profile = undefined;
    this.#inFlight = true;
    const settled = () => {
      this.#inFlight = false;
    };
    return {
      message: { kind: "profile", profile },
      bytes: byteLength(JSON.stringify(profile)),
      acknowledged: settled,
      refused: ({ message }) => {
        settled();
        this.#onRefused(message);
      },
      retry: () => {
        settled();
        this.#profile ??= profile;
      },
    };
  }
}
