import type { RecordedEvent, Scope } from "@fleetlog/domain";
import { VIEWS } from "@fleetlog/projections/folding";
import { checker } from "@fleetlog/protocol";

type Schema = {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly pattern?: string;
  readonly format?: string;
};

export interface RandomQuery {
  readonly query: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly scope: Scope | undefined;
}

/** Parameters that name a page of an earlier answer. */
const OF_PAGES = ["cursor", "within", "offset"];

/** Queries of every view, with params that occur in the events. */
export class RandomQueries {
  readonly #random: () => number;
  readonly #texts: ReadonlyMap<string, readonly string[]>;

  constructor(events: readonly RecordedEvent[], random: () => number) {
    this.#random = random;
    this.#texts = textsOf(events);
  }

  one(query: string): RandomQuery {
    const [, found] = VIEWS.flatMap(({ queries }) => [...queries]).find(([name]) => name === query) ?? [];
    if (found === undefined) throw new TypeError(`there is no query ${query}`);
    const isValid = checker(found.params, "params");
    for (;;) {
      const params = this.#object(found.params as Schema, query) as RandomQuery["params"];
      if (isValid(params).ok) return { query, params, scope: this.#scope() };
    }
  }

  #object({ properties = {}, required = [] }: Schema, query: string): unknown {
    const names = Object.keys(properties).filter(
      (name) => required.includes(name) || (!OF_PAGES.includes(name) && this.#random() < 0.25),
    );
    return Object.fromEntries(names.map((name) => [name, this.#value(name, properties[name] ?? {}, query)]));
  }

  #value(name: string, schema: Schema, query: string): unknown {
    if (schema.enum !== undefined) return this.#pick(schema.enum);
    switch (schema.type) {
      case "integer":
        return name === "limit" ? this.#pick([1, 3, 100]) : Math.floor(this.#random() * 400);
      case "boolean":
        return this.#random() < 0.5;
      case "array":
        return Array.from({ length: 1 + Math.floor(this.#random() * 4) }, () =>
          this.#value(name, schema.items ?? {}, query),
        );
      case "object":
        return this.#object(schema, query);
      default:
        return this.#text(name, query);
    }
  }

  #text(name: string, query: string): string {
    if (
      ["from", "to", "since", "until", "seenSince", "notSeenSince"].includes(name) &&
      query !== "configuration.concerned"
    ) {
      return this.#pick(this.#texts.get("time") ?? []);
    }
    if (name === "search") return this.#pick(["pump", "1", "g1", "xt-4", "a", "north", "Pump 00"]);
    if (name === "from") return this.#pick(["account", "types", ...(this.#texts.get("name") ?? [])]);
    const names =
      name === "id" || name === "ids"
        ? ["device", "command", "person", "request", "group", "code", "id"]
        : [SYNONYMS[name] ?? name];
    const found = names.flatMap((one) => this.#texts.get(one) ?? []);
    return this.#pick(found.length === 0 ? ["main"] : found);
  }

  #scope(): Scope | undefined {
    const tags = this.#texts.get("tags") ?? [];
    return this.#pick<Scope | undefined>([
      undefined,
      undefined,
      { accounts: ["main"] },
      { tags: [this.#pick(tags), this.#pick(tags)] },
      { accounts: ["main", "north"], tags: [this.#pick(tags)] },
    ]);
  }

  #pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.#random() * of.length)] as T;
  }
}

const SYNONYMS: Readonly<Record<string, string>> = {
  after: "device",
  accounts: "account",
  tag: "tags",
  models: "model",
};

/** All texts in the events, by the names of their fields. */
function textsOf(events: readonly RecordedEvent[]): ReadonlyMap<string, readonly string[]> {
  const texts = new Map<string, Set<string>>();
  const visit = (name: string, value: unknown): void => {
    if (typeof value === "string" && value.length <= 64 && value !== "") {
      const known = texts.get(name) ?? new Set();
      texts.set(name, known.add(value));
    } else if (Array.isArray(value)) for (const one of value) visit(name, one);
    else if (typeof value === "object" && value !== null)
      for (const [key, one] of Object.entries(value)) visit(key, one);
  };
  for (const event of events) visit("event", event);
  return new Map([...texts].map(([name, all]) => [name, [...all]]));
}
