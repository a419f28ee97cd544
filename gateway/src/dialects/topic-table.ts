import type { Action } from "@fleetlog/domain";

/**
 * A topic of a dialect. A level may be `+` (any text but the empty one), or `{name}` (a value of the conversation's
 * `names`, which may itself have several levels). The last level may be `#` (one or more levels).
 */
export interface TopicDefinition {
  readonly topic: string;
  readonly action: Action;
}

export type TopicNames = Readonly<Record<string, string>>;

type Level = string | { readonly name: string };

interface Pattern<D> {
  readonly levels: readonly Level[];
  readonly definition: D;
}

const NO_NAMES: TopicNames = {};
const PLACEHOLDER = /^\{(\w+)\}$/;

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

  /** The definition with exactly this topic or topic filter, or else the first pattern that covers all of it. */
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
  let at = 0;
  for (const wanted of pattern) {
    const level = levels[at];
    if (level === undefined) return false;
    if (wanted === "#") return true;
    const count = wanted === "+" ? Number(level !== "" && level !== "#") : countOf(textOf(wanted, names), levels, at);
    if (count === 0) return false;
    at += count;
  }
  return levels.length === at;
}

/** Number of levels, counted from index `at`, that equal the text; 0 if they differ. */
function countOf(text: string | undefined, levels: readonly string[], at: number): number {
  if (text === levels[at]) return 1;
  if (text?.includes("/") !== true) return 0;
  const parts = text.split("/");
  return parts.every((part, i) => part === levels[at + i]) ? parts.length : 0;
}

function textOf(level: Level, names: TopicNames): string | undefined {
  return typeof level === "string" ? level : names[level.name];
}
