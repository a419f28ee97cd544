import type { FastifyInstance } from "fastify";

/** What each path of the API can be asked, for who asks another way. */
export class KnownPaths {
  readonly #methods = new Map<string, { readonly segments: readonly string[]; readonly methods: Set<string> }>();

  /** Call before the routes are registered. Patterns that take any path are none that is known. */
  constructor(app: FastifyInstance) {
    app.addHook("onRoute", ({ url, method }) => {
      if (url.includes("*")) return;
      const known = this.#methods.get(url) ?? { segments: url.split("/"), methods: new Set<string>() };
      this.#methods.set(url, known);
      for (const one of [method].flat()) known.methods.add(one);
    });
  }

  /** As in the header Allow (RFC 9110, 10.2.1); undefined for a path that there is not. */
  allowed(path: string): string | undefined {
    const asked = path.split("/");
    const methods = new Set<string>();
    let literally = false;
    for (const { segments, methods: of } of this.#methods.values()) {
      if (segments.length !== asked.length) continue;
      if (!segments.every((segment, i) => segment === asked[i] || (segment.startsWith(":") && asked[i] !== "")))
        continue;
      const exact = segments.join("/") === path;
      // `/devices/summary` is itself, not the device of that name.
      if (exact && !literally) methods.clear();
      if (literally && !exact) continue;
      literally ||= exact;
      for (const method of of) methods.add(method);
    }
    return methods.size === 0 ? undefined : [...methods, "OPTIONS"].sort().join(", ");
  }
}
