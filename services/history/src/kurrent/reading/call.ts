import type { Person } from "@fleetlog/domain";
import type { Grant } from "../access/keys.ts";
import { type IsVisible, visibleTo } from "../access/visible.ts";
import type { ReadRequest } from "../messages/read-request.ts";
import type { Outlet } from "../server/outlet.ts";
import type { Entry } from "../streams/entry.ts";
import { type EventFilter, filterOf } from "../streams/filter.ts";
import { ALL, type Source, sourceOf } from "../streams/names.ts";
import { encodeEntry } from "../streams/record.ts";
import type { Library } from "./library.ts";

/** A read or a subscription of one client. */
export class Call {
  readonly request: ReadRequest;
  /** Undefined if no stream can have the name. */
  readonly source: Source | undefined;
  readonly outlet: Outlet;
  readonly grant: Grant;
  readonly library: Library;
  readonly filter: EventFilter | undefined;
  #person: Person | undefined;
  #isVisible: IsVisible | undefined;

  /** @throws Refusal for a filter that is not accepted */
  constructor(parts: Pick<Call, "request" | "outlet" | "grant" | "library">) {
    this.request = parts.request;
    this.outlet = parts.outlet;
    this.grant = parts.grant;
    this.library = parts.library;
    const { stream, filter } = parts.request;
    this.source = stream === undefined ? ALL : sourceOf(stream);
    this.filter = filter && filterOf(filter);
  }

  get signal(): AbortSignal {
    return this.outlet.signal;
  }

  /** Call before events are checked. */
  async prepare(): Promise<void> {
    if (this.isVisible !== undefined) await this.library.devices.load();
  }

  /** Undefined if the key sees everything. */
  get isVisible(): IsVisible | undefined {
    const { person } = this.grant;
    if (person === this.#person) return this.#isVisible;
    this.#person = person;
    this.#isVisible = visibleTo(person, this.library.devices);
    return this.#isVisible;
  }

  isWanted(entry: Entry): boolean {
    return this.filter === undefined || this.filter.matches(entry.type, entry.place.stream);
  }

  send(source: Source, entry: Entry): Promise<void> | undefined {
    return this.outlet.send(encodeEntry(entry, source, this.request));
  }
}
