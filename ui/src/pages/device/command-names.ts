import type { ReactiveController, ReactiveControllerHost } from "lit";
import { getCommand } from "../../data/commands.ts";
import { categoryOf, type EventResource } from "../../data/events.ts";

/** Look-ups for one list. A command needs a look-up if its CommandIssued is older than the loaded events. */
const MAX_LOOKED_UP = 50;

type NamesCommand = { readonly command?: unknown; readonly name?: unknown };

/** Names of the commands in a device's history. Only CommandIssued has the name. */
export class CommandNames implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #names = new Map<string, string>();
  readonly #asked = new Set<string>();
  #reading: AbortController | undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#reading?.abort();
  }

  /** Name of the event's command; undefined without a command or a known name. */
  of(event: EventResource): string | undefined {
    const { command } = (event.data ?? {}) as NamesCommand;
    return typeof command === "string" ? this.#names.get(command) : undefined;
  }

  take(events: readonly EventResource[]): void {
    const missing = new Set<string>();
    for (const event of events) {
      if (categoryOf(event) !== "command") continue;
      const { command, name } = (event.data ?? {}) as NamesCommand;
      if (typeof command !== "string") continue;
      if (typeof name === "string") this.#names.set(command, name);
      else missing.add(command);
    }
    const wanted = [...missing].filter((id) => !this.#names.has(id) && !this.#asked.has(id));
    const left = wanted.slice(0, Math.max(0, MAX_LOOKED_UP - this.#asked.size));
    if (left.length > 0) void this.#lookUp(left);
  }

  async #lookUp(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#asked.add(id);
    this.#reading ??= new AbortController();
    for (const id of ids) {
      try {
        const { name } = await getCommand(id, this.#reading.signal);
        this.#names.set(id, name);
      } catch {}
    }
    this.#host.requestUpdate();
  }
}
