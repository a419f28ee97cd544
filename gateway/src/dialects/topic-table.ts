import type { Action } from "@fleetlog/domain";

/**
 * What a dialect defines for a topic. A level may be `+` (any level that is not empty), `{name}` (what the conversation's
 * `names` have for it), and the last one `#` (one level or more).
 */
export interface TopicDefinition {
  readonly topic: string;
  /** What a device does that uses it. */
  readonly action: Action;
}

export type TopicNames = Readonly<Record<string, string>>;

/** A level as it is written, or what the conversation calls it. */
type Level = string | { readonly name: string };

interface Pattern<D> {
  readonly levels: readonly Level[];
  readonly definition: D;
}

const NO_NAMES: TopicNames = {};
const PLACEHOLDER = /^\{(\w+)\}$/;

/** The topics of one dialect. */
export class TopicTable<D extends TopicDefinition> {
  readonly #exact = new Map<string, D>();
  readonly #patterns: readonly Pattern<D>[];

  constructor(definitions: readonly D[]) {
    const patterns: Pattern<D>[] = [];
    for (const definition of definitions) {
      const levels = definition.topic.split("/").map(levelOf);
      if (levels.some((level) => level === "+" || level === "#" || typeof level === "object")) {
        patterns.push({ levels, definition });
      } else this.#exact.set(definition.topic, definition);
    }
    this.#patterns = patterns;
  }

  /** The definition that a topic, or a filter that is not wider, belongs to; undefined if none does. */
  find(topic: string, names: TopicNames = NO_NAMES): D | undefined {
    const exact = this.#exact.get(topic);
    if (exact !== undefined || this.#patterns.length === 0) return exact;
    const levels = topic.split("/");
    return this.#patterns.find((pattern) => matches(pattern.levels, levels, names))?.definition;
  }
}

function levelOf(text: string): Level {
  const name = PLACEHOLDER.exec(text)?.[1];
  return name === undefined ? text : { name };
}

function matches(pattern: readonly Level[], levels: readonly string[], names: TopicNames): boolean {
  for (let i = 0; i < pattern.length; i++) {
    const wanted = pattern[i] as Level;
    const level = levels[i];
    if (level === undefined) return false;
    if (wanted === "#") return true;
    if (wanted === "+" ? level === "" || level === "#" : level !== textOf(wanted, names)) return false;
  }
  return levels.length === pattern.length;
}

/** Undefined, which no level is, for a name that the conversation does not have. */
function textOf(level: Level, names: TopicNames): string | undefined {
  return typeof level === "string" ? level : names[level.name];
}
