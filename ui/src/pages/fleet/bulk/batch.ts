import type { ReactiveController, ReactiveControllerHost } from "lit";
import { type CommandResource, type CommandState, isOpen, listCommands } from "../../../data/commands.ts";
import { type ApiError, isAbort } from "../../../data/problem.ts";
import { WatchController } from "../../../state/watch.ts";

const PACE_MS = 1_000;
const PAGE = 500;
const MAX_PAGES = 40;

/** The command to one device; `unsent` if the gateway refused the issue. */
export interface Outcome {
  readonly device: string;
  readonly state: CommandState | "unsent";
  readonly command?: CommandResource;
  readonly error?: ApiError;
}

/** Commands issued together, followed until each has ended. */
export class Batch implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #by: () => string | undefined;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #devices = new Map<string, string>();
  #first = Number.POSITIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading: AbortController | undefined;

  /** @param by returns the issuer, to filter the list of commands */
  constructor(host: ReactiveControllerHost, by: () => string | undefined) {
    this.#host = host;
    this.#by = by;
    new WatchController(
      host,
      () => (this.#devices.size > 0 ? { topic: "commands" } : undefined),
      () => this.#follow(),
    );
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
    this.#reading?.abort();
  }

  get outcomes(): readonly Outcome[] {
    return [...this.#outcomes.values()];
  }

  issued(command: CommandResource): void {
    this.#devices.set(command.id, command.device);
    this.#first = Math.min(this.#first, command.seq);
    this.#take(command);
    this.#follow();
  }

  refused(device: string, error: ApiError): void {
    this.#outcomes.set(device, { device, state: "unsent", error });
    this.#host.requestUpdate();
  }

  #take(command: CommandResource): void {
    const before = this.#outcomes.get(command.device)?.command;
    // A delayed response must not replace the final state.
    if (before !== undefined && !isOpen(before)) return;
    this.#outcomes.set(command.device, { device: command.device, state: command.state, command });
    this.#host.requestUpdate();
  }

  #follow(): void {
    const open = this.outcomes.some(({ command }) => command !== undefined && isOpen(command));
    if (!open || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#read(), PACE_MS);
  }

  async #read(): Promise<void> {
    const reading = new AbortController();
    this.#reading = reading;
    const by = this.#by();
    try {
      let cursor: string | null | undefined;
      for (let page = 0; page < MAX_PAGES && cursor !== null; page++) {
        const query = { limit: PAGE, ...(by && { by }), ...(cursor && { cursor }) };
        const { items, next } = await listCommands(query, reading.signal);
        for (const command of items) if (this.#devices.has(command.id)) this.#take(command);
        cursor = (items.at(-1)?.seq ?? 0) <= this.#first ? null : next;
      }
    } catch (thrown) {
      // After the gateway's return, the feed reports a change, which starts another read.
      if (!isAbort(thrown)) console.debug("could not read the commands", thrown);
    }
    this.#timer = undefined;
  }
}
