import { LazyMap, LazySet } from "@fleetlog/runtime";
import type { Answer } from "./answer.ts";
import { idAfter, requestIdOf } from "./call.ts";

export interface OpenRequest {
  readonly id: number;
  readonly command: string;
  /** Milliseconds. */
  readonly expiresAt: number;
  isAnswered: boolean;
}

const MOST_ANSWERED = 128;
const MOST_EARLY = 4;
const LARGEST_EARLY_BYTES = 16 * 1_024;

/** The requests of one connection that have no answer yet. */
export class OpenRequests {
  readonly #byId = new LazyMap<number, OpenRequest>();
  readonly #byCommand = new LazyMap<string, OpenRequest>();
  /** Ids of ended requests, because devices may repeat an answer. */
  readonly #answered = new LazySet<number>();
  /** Answers that came before their command was offered again on this connection. */
  readonly #early = new LazyMap<number, Answer>();

  /** The command's request, which is made if there is none. */
  of(command: string, expiresAt: number): OpenRequest {
    const known = this.#byCommand.get(command);
    if (known !== undefined) return known;
    let id = requestIdOf(command);
    while (this.#byId.has(id)) id = idAfter(id);
    const request: OpenRequest = { id, command, expiresAt, isAnswered: false };
    this.#byId.set(id, request);
    this.#byCommand.set(command, request);
    return request;
  }

  get(id: number): OpenRequest | undefined {
    return this.#byId.get(id);
  }

  wasAnswered(id: number): boolean {
    return this.#answered.has(id);
  }

  /** The requests that the device must have refused because they came too late. */
  expired(now: number): readonly OpenRequest[] {
    return [...this.#byId.values()].filter((request) => !request.isAnswered && request.expiresAt <= now);
  }

  forget(command: string): void {
    const request = this.#byCommand.get(command);
    if (request === undefined) return;
    this.#byCommand.delete(command);
    this.#byId.delete(request.id);
    if (request.isAnswered) this.noteAnswered(request.id);
  }

  noteAnswered(id: number): void {
    for (const oldest of this.#answered) {
      if (this.#answered.size < MOST_ANSWERED) break;
      this.#answered.delete(oldest);
    }
    this.#answered.add(id);
  }

  keepEarly(answer: Answer, bytes: number): void {
    if (bytes <= LARGEST_EARLY_BYTES && this.#early.size < MOST_EARLY) this.#early.set(answer.id, answer);
  }

  takeEarly(id: number): Answer | undefined {
    const answer = this.#early.get(id);
    this.#early.delete(id);
    return answer;
  }
}
