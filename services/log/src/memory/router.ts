import { subjectMatches } from "../filter.ts";

export interface Route {
  readonly pattern: string;
  readonly queue: string | undefined;
  /** `reply` takes the answer as JSON, if the sender waits for one. */
  readonly deliver: (subject: string, json: string, reply?: (json: string) => void) => void;
}

/** Who gets which message: every plain subscription, and one member of each queue group, in turn. */
export class MemoryRouter {
  readonly #routes = new Set<Route>();
  #turn = 0;

  add(route: Route): () => void {
    this.#routes.add(route);
    return () => this.#routes.delete(route);
  }

  /** The routes that a message takes now. */
  routes(subject: string): Route[] {
    const taken: Route[] = [];
    const groups = new Map<string, Route[]>();
    for (const route of this.#routes) {
      if (!subjectMatches(route.pattern, subject)) continue;
      if (route.queue === undefined) taken.push(route);
      else groups.set(route.queue, [...(groups.get(route.queue) ?? []), route]);
    }
    for (const members of groups.values()) {
      const chosen = members[this.#turn++ % members.length];
      if (chosen !== undefined) taken.push(chosen);
    }
    return taken;
  }
}
