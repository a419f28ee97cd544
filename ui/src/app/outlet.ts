import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type ApiError, asApiError } from "../data/problem.ts";
import type { Place } from "../state/location.ts";
import { paths } from "../state/paths.ts";
import { base, buttons } from "../styles/shared.ts";
import { match, type Route } from "./routes.ts";
import "../components/notice.ts";

/** Shows the page that the place asks for: one element a route, kept while only its parameters change. */
@customElement("fl-outlet")
export class Outlet extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
        min-height: 100%;
      }
    `,
  ];

  @property({ attribute: false }) place!: Place;
  @state() private page: HTMLElement | undefined;
  @state() private failure: ApiError | undefined;
  #route: Route | undefined;

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("place")) void this.#show();
  }

  protected override render() {
    if (this.failure)
      return html`<fl-error alone manual .error=${this.failure} @retry=${() => window.location.reload()}></fl-error>`;
    if (match(this.place.path) === undefined) {
      return html`<fl-empty alone icon="search" heading="There is no such page">
        Nothing lives at ${this.place.path}.
        <a slot="action" class="button primary" href=${paths.fleet}>Go to the fleet</a>
      </fl-empty>`;
    }
    return this.page ?? nothing;
  }

  async #show(): Promise<void> {
    const { path } = this.place;
    const found = match(path);
    document.title = `${found?.route.title(found.parameters) ?? "Not found"} · Fleetlog`;
    if (found === undefined) {
      this.#route = undefined;
      this.page = undefined;
      return;
    }
    const { route, parameters } = found;
    if (route !== this.#route) {
      try {
        await route.load();
      } catch (thrown) {
        this.failure = asApiError(thrown);
        return;
      }
      // Somebody went elsewhere meanwhile.
      if (this.place.path !== path) return;
      this.#route = route;
      this.page = document.createElement(route.tag);
      this.failure = undefined;
    }
    if (this.page) Object.assign(this.page, parameters);
  }
}
