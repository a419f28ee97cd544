import { type DeviceType, definitionEntity, deviceTypeEvents, isEventOf, type RecordedEvent } from "@fleetlog/domain";
import type { EventLog, Logger } from "@fleetlog/log";
import { Follower } from "../following/follower.ts";

/** Whether any device type declares commands. If none does, issuing a command needs no query for the device's type. */
export class TypeCommands {
  readonly #follower: Follower;
  readonly #types = new Set<string>();
  #seq = 0;

  constructor(log: EventLog, logger: Logger) {
    this.#follower = new Follower({
      log,
      logger,
      category: "type",
      from: "all",
      onEvent: (event) => this.#apply(event),
      onReplaced: () => {
        this.#types.clear();
        this.#seq = 0;
      },
    });
  }

  get any(): boolean {
    return this.#types.size > 0;
  }

  /** Sequence of the newest known event of a type. Views must have reached it. */
  get seq(): number {
    return this.#seq;
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** To be called after this process has written the event of a type. */
  note(entity: string, definition: DeviceType | undefined, seq: number): void {
    if (seq <= this.#seq) return;
    this.#seq = seq;
    if (definition?.commands === undefined) this.#types.delete(entity);
    else this.#types.add(entity);
  }

  #apply(event: RecordedEvent): void {
    if (!isEventOf(deviceTypeEvents, event)) return;
    const { data } = event;
    this.note(definitionEntity(data), "definition" in data ? data.definition : undefined, event.seq);
  }
}
