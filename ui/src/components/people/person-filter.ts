import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { type AllPeople, listPeople } from "../../data/people.ts";
import { callerName, personNames } from "../../state/person-names.ts";
import { Query } from "../../state/query.ts";
import { hasRole } from "../../state/session.ts";
import { StoreController } from "../../state/store.ts";
import type { TextFilter, TextFilterChange } from "../fields/text-filter.ts";
import { type PersonChoice, peopleMeant, personChoices, personMeant } from "./person-choices.ts";
import "../fields/text-filter.ts";

/** The installation's token, which has no name. */
const TOKEN = "admin";
/** Ids, also of callers that are no people. */
const ID = /^[0-9a-f]{8}-|\//;

/**
 * A field that filters by who did something. It shows and accepts ids and, if the viewer may see people, names. A text that
 * means nobody or several people finds nothing, so the field says so. Event `filter` (string): the id as in events, such as
 * a person's; the text itself if it means nobody or several people; "" for no filter.
 */
@customElement("fl-person-filter")
export class PersonFilter extends LitElement {
  static override styles = css`
    :host {
      display: block;
      min-width: 0;
    }
    p {
      margin: var(--space-1) 0 0;
      color: var(--text-quiet);
      font-size: var(--size-small);
    }
  `;

  /** The caller as events name it; "": no filter. */
  @property() value = "";
  @property() label = "Person";
  /** The callers on the page, named as in events. */
  @property({ attribute: false }) known: readonly string[] = [];
  /** Whether the field was used, or a link has a name: only then all names are needed. */
  @state() private used = false;
  @query("fl-text-filter") private readonly field!: TextFilter;
  readonly #people = new Query<"people", AllPeople>(this, {
    args: () => (this.used && hasRole("owner", "admin") ? "people" : undefined),
    load: (_, signal) => listPeople(signal),
    // Somebody may have typed a name before the names were there.
    loaded: () => this.#request(this.value),
  });

  constructor() {
    super();
    new StoreController(this, personNames);
  }

  clear(): void {
    this.field.clear();
  }

  /** Whether the filter is a text that is nobody's id. */
  get #isName(): boolean {
    return this.value !== "" && this.value !== TOKEN && !ID.test(this.value);
  }

  protected override willUpdate(): void {
    this.used ||= this.#isName;
  }

  protected override render() {
    return html`${this.#textFilter()}${this.#note()}`;
  }

  #textFilter() {
    return html`<fl-text-filter
      .label=${this.label}
      icon="user"
      .value=${this.value === "" ? "" : this.#textOf(this.value)}
      .suggestions=${this.#choices().map(({ text }) => text)}
      @focusin=${() => {
        this.used = true;
      }}
      @filter=${({ detail }: CustomEvent<TextFilterChange>) => this.#request(detail.text)}
    ></fl-text-filter>`;
  }

  #note() {
    const isComplete = this.#people.data !== undefined || !hasRole("owner", "admin");
    const meant = peopleMeant(this.value, this.#choices());
    if (!this.#isName || !isComplete || meant.includes(this.value)) return nothing;
    return html`<p role="status">${meant.length > 1 ? "Several people: choose one." : "Nobody of this name here."}</p>`;
  }

  #choices(): readonly PersonChoice[] {
    const known = [...new Set([TOKEN, ...this.known])];
    return personChoices(this.#people.data?.items ?? [], known, callerName);
  }

  #textOf(by: string): string {
    return this.#choices().find((one) => one.by === by)?.text ?? callerName(by);
  }

  #request(text: string): void {
    const by = personMeant(text, this.#choices());
    if (by !== this.value) this.dispatchEvent(new CustomEvent("filter", { detail: by }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-person-filter": PersonFilter;
  }
}
