import { subjectMatches } from "../filter.ts";

export interface Route {
  readonly pattern: string;
  readonly queue: string | undefined;
  readonly deliver: (subject: string, json: string, reply?: (json: string) => void) => void;
}

/** Routes to every plain subscription, and in turn to one member of each queue group. */
export class MemoryRouter {
  readonly #routes = new Set<Route>();
  #turn = 0;

  add(route: Route): () => void {
    this.#routes.add(route);
    return () => this.#routes.delete(route);
  }

  routes(subject: string): Route[] {
    const chosen: Route[] = [];
    const groups = new Map<string, Route[]>();
    for (const route of this.#routes) {
      if (!subjectMatches(route.pattern, subject)) continue;
      if (route.queue === undefined) chosen.push(route);
      else groups.set(route.queue, [...(groups.get(route.queue) ?? []), route]);
    }
    for (const members of groups.values()) {
      const member = members[this.#turn++ % members.length];
      if (member !== undefined) chosen.push(member);
    }
    return chosen;
  }
}
