import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Page } from "../components/basic/page.ts";
import { type ApiError, asApiError } from "../data/problem.ts";
import type { PageLocation } from "../state/location.ts";
import { paths } from "../state/paths.ts";
import { base, buttons } from "../styles/shared.ts";
import { match } from "./match.ts";
import "../components/basic/notice.ts";

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

  @property({ attribute: false }) location!: PageLocation;
  @state() private element: HTMLElement | undefined;
  @state() private failure: ApiError | undefined;
  #page: Page | undefined;

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("location")) void this.#show();
  }

  protected override render() {
    if (this.failure)
      return html`<fl-error alone manual .error=${this.failure} @retry=${() => window.location.reload()}></fl-error>`;
    if (match(this.location.path) === undefined) {
      return html`<fl-empty alone icon="search" heading="There is no such page">
        No page has the address ${this.location.path}.
        <a slot="action" class="button primary" href=${paths.fleet}>Go to the fleet</a>
      </fl-empty>`;
    }
    return this.element ?? nothing;
  }

  async #show(): Promise<void> {
    const { path } = this.location;
    const found = match(path);
    document.title = `${found?.page.title(found.parameters) ?? "Not found"} · Fleetlog`;
    if (found === undefined) {
      this.#page = undefined;
      this.element = undefined;
      return;
    }
    const { page, parameters } = found;
    if (page !== this.#page) {
      try {
        await page.load();
      } catch (thrown) {
        this.failure = asApiError(thrown);
        return;
      }
      if (this.location.path !== path) return;
      this.#page = page;
      this.element = document.createElement(page.tag);
      this.failure = undefined;
    }
    if (this.element) Object.assign(this.element, parameters);
  }
}
