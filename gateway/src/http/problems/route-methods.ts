import type { FastifyInstance } from "fastify";

export class RouteMethods {
  readonly #methods = new Map<string, { readonly segments: readonly string[]; readonly methods: Set<string> }>();

  /** Call before routes are registered. Ignores wildcard routes. */
  constructor(app: FastifyInstance) {
    app.addHook("onRoute", ({ url, method }) => {
      if (url.includes("*")) return;
      const entry = this.#methods.get(url) ?? { segments: url.split("/"), methods: new Set<string>() };
      this.#methods.set(url, entry);
      for (const each of [method].flat()) entry.methods.add(each);
    });
  }

  /** The Allow header (RFC 9110, 10.2.1); undefined for an unknown path. */
  allowed(path: string): string | undefined {
    const requested = path.split("/");
    const methods = new Set<string>();
    let isLiteral = false;
    for (const { segments, methods: of } of this.#methods.values()) {
      if (segments.length !== requested.length) continue;
      if (!segments.every((segment, i) => segment === requested[i] || (segment.startsWith(":") && requested[i] !== "")))
        continue;
      const exact = segments.join("/") === path;
      // `/devices/summary` takes precedence over `/devices/:id`.
      if (exact && !isLiteral) methods.clear();
      if (isLiteral && !exact) continue;
      isLiteral ||= exact;
      for (const method of of) methods.add(method);
    }
    return methods.size === 0 ? undefined : [...methods, "OPTIONS"].sort().join(", ");
  }
}
