import { html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { spelled } from "../text/times.ts";

/**
 * The value of a date and time field in words, with day of the week and zone: browsers order day and month in fields by
 * their own language. While the field is empty, shows the slotted hint. `for` is the field's id in the same tree.
 */
@customElement("fl-spelled-time")
export class SpelledTime extends LitElement {
  @property() for = "";
  #root: Node | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#root = this.getRootNode();
    for (const type of ["input", "change"]) this.#root.addEventListener(type, this.#edited);
    // The form may set its fields after it has added this element.
    queueMicrotask(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const type of ["input", "change"]) this.#root?.removeEventListener(type, this.#edited);
  }

  protected override render() {
    const field = this.#root instanceof ShadowRoot ? this.#root.getElementById(this.for) : null;
    const at = new Date(field instanceof HTMLInputElement ? field.value : "");
    return Number.isNaN(at.getTime()) ? html`<slot></slot>` : html`${spelled(at)}`;
  }

  readonly #edited = (event: Event): void => {
    if ((event.target as Element).id === this.for) this.requestUpdate();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-spelled-time": SpelledTime;
  }
}
