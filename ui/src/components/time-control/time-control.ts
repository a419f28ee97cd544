import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { FleetSummary } from "../../data/devices.ts";
import { firstMoment, type Moment } from "../../data/history.ts";
import type { ApiError } from "../../data/problem.ts";
import { getSystem } from "../../data/system.ts";
import { gatewayNow } from "../../state/clock.ts";
import { MediaQuery } from "../../state/media-query.ts";
import { goTo, past } from "../../state/past.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { recovered } from "../../state/recovery.ts";
import { ReplayController } from "../../state/replay.ts";
import { mayReadHistory } from "../../state/session.ts";
import { Shortcuts } from "../../state/shortcuts.ts";
import { Slow } from "../../state/slow.ts";
import { StoreController } from "../../state/store.ts";
import { WatchController } from "../../state/watch.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import type { MomentField } from "./moment-field.ts";
import { MomentSlider } from "./moment-slider.ts";
import { awayNote, momentNote, playingNote, slowNote } from "./notes.ts";
import { otherSpeed, replayButtons } from "./replay-buttons.ts";
import { atOf, stepped } from "./span.ts";
import { timeControlStyles } from "./styles.ts";
import "../basic/icon.ts";
import "./jumps.ts";
import "./moment-field.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STEPS = [
  { text: "−1 h", label: "One hour earlier", by: -HOUR, keys: "<" },
  { text: "−1 min", label: "One minute earlier", by: -MINUTE, keys: "," },
  { text: "+1 min", label: "One minute later", by: MINUTE, keys: "." },
  { text: "+1 h", label: "One hour later", by: HOUR, keys: ">" },
] as const;

/**
 * Chooses the moment of the past that a page shows, in the page's URL. Hidden until it is opened or the page shows the
 * past.
 */
@customElement("fl-time-control")
export class TimeControl extends LitElement {
  static override styles = [base, buttons, fields, timeControlStyles];

  /** The moment of the answer that the page shows. */
  @property({ attribute: false }) moment: Moment | undefined;
  /** Why the page can't show the moment. The page itself shows the reason. */
  @property({ attribute: false }) error: ApiError | undefined;
  /** The device of the page; "": a page of the whole fleet. */
  @property() device = "";
  /** The page still loads the moment. A replay waits for it. */
  @property({ type: Boolean }) busy = false;
  /** Ends of gateways that disconnected devices, to which the control can jump. */
  @property({ attribute: false }) ends: FleetSummary["gatewayEnds"] = [];
  @state() private open = false;
  @query("fl-moment-field") private readonly field!: MomentField | null;
  readonly #past = new StoreController(this, past);
  /** On a phone the button to close comes after the heading, also for Tab. */
  readonly #narrow = new MediaQuery(this, "(max-width: 47.99rem)");
  readonly #first = new Query<"first", Moment>(this, {
    args: () => (this.shown && mayReadHistory() ? "first" : undefined),
    load: (_, signal) => firstMoment(signal),
  });
  /** How many historians run; asked while none answers. */
  readonly #historians: Query<"away", number> = new Query<"away", number>(this, {
    args: () => (this.shown && this.#isAway ? "away" : undefined),
    load: async (_, signal) => {
      const before = this.#historians.data;
      const running = (await getSystem(signal)).historians?.length ?? 0;
      // Historians run again. Without this call, the page's next attempt may come only after half a minute.
      if (before === 0 && running > 0) recovered();
      return running;
    },
  });

  readonly #slow = new Slow(this, () => this.busy && past.value !== undefined);
  readonly #replay = new ReplayController(this, { device: () => this.device || undefined, busy: () => this.busy });
  readonly #slider = new MomentSlider(this, {
    first: () => this.#firstTime,
    onSlide: (at) => {
      this.open = true;
      this.#go(at);
    },
    onEnd: (at) => this.#go(at),
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => (this.shown && this.#isAway ? { topic: "system" } : undefined),
      () => this.#historians.reload(),
    );
    const group = "Time";
    new Shortcuts(this, [
      { keys: "t", does: "Look at an earlier time", group, run: () => this.show() },
      { keys: "l", does: "Back to now", group, run: () => this.#live() },
      {
        keys: "p",
        does: "Play from this moment on, or pause",
        group,
        run: () => mayReadHistory() && this.#replay.toggle(),
      },
      { keys: "n", does: "To the next event", group, run: () => mayReadHistory() && this.#replay.step() },
      { keys: "[", does: "Play slower", group, run: () => this.#faster(-1) },
      { keys: "]", does: "Play faster", group, run: () => this.#faster(1) },
      ...STEPS.map(({ keys, label, by }) => ({ keys, does: label, group, run: () => this.#step(by) })),
    ]);
  }

  get shown(): boolean {
    return this.open || past.value !== undefined;
  }

  /** Opens the control, and moves the focus to its time. */
  show(): void {
    if (!mayReadHistory()) return;
    this.open = true;
    void this.updateComplete.then(() => this.field?.focus());
  }

  protected override render() {
    if (!this.shown) return nothing;
    const isPast = past.value !== undefined;
    const close = isPast ? nothing : this.#closeButton();
    return html`<section aria-labelledby="heading">
      <div class="row">
        <h2 id="heading">${isPast ? "As of" : "Now"}</h2>
        ${this.#narrow.matches ? close : nothing}
        <fl-moment-field
          .time=${this.#time ?? gatewayNow()}
          @moment=${({ detail }: CustomEvent<number>) => this.#go(atOf(detail))}
          @keydown=${this.#key}
        ></fl-moment-field>
        <div class="steps" role="group" aria-label="Steps">
          ${STEPS.map(
            ({ text, label, by, keys }) => html`<button
              class="button small"
              aria-label="${text}: ${label}"
              title=${label}
              aria-keyshortcuts=${keys}
              ?disabled=${by > 0 && !isPast}
              @click=${() => this.#step(by)}
            >
              ${text}
            </button>`,
          )}
        </div>
        ${isPast && mayReadHistory() ? replayButtons(this.#replay) : nothing}
        <fl-jump-list
          .ends=${this.ends}
          @jump=${({ detail }: CustomEvent<number>) => this.#go(atOf(detail))}
        ></fl-jump-list>
        ${this.#narrow.matches ? nothing : close}
      </div>
      <div class="row">${this.#slider.render(this.#time)}</div>
      ${this.#note()}
    </section>`;
  }

  #closeButton() {
    return html`<button class="button small ghost icon close" aria-label="Close" title="Close" @click=${this.#close}>
      <fl-icon name="close"></fl-icon>
    </button>`;
  }

  #note() {
    const { moment, error } = this;
    const { fault } = this.#replay;
    if (fault) return html`<p class="note fault" id="note" role="alert">${fault}</p>`;
    if (this.#isAway) return awayNote(this.#historians.data, past.value !== undefined);
    // The page says why it can't show the moment.
    if (error !== undefined) return nothing;
    if (this.#slow.value) return slowNote(this.#live);
    if (this.#replay.playing) return playingNote(this.#replay.speed);
    const since = past.value && paths.changesSince(past.value.at, this.device);
    return momentNote(moment, since);
  }

  get #isAway(): boolean {
    const error = past.value === undefined ? this.#first.error : this.error;
    return error?.code === "history-unavailable";
  }

  get #firstTime(): number | undefined {
    const { data } = this.#first;
    return data && Date.parse(data.at);
  }

  /** Time of the moment that the page shows; undefined: the present. */
  get #time(): number | undefined {
    return this.#past.value?.time;
  }

  #faster(by: 1 | -1): void {
    this.#replay.setSpeed(otherSpeed(this.#replay.speed, by));
  }

  #step(by: number): void {
    const isUnknown = past.value !== undefined && this.#time === undefined;
    if (!mayReadHistory() || isUnknown) return;
    this.open = true;
    this.#go(stepped(this.#time, by, gatewayNow()));
  }

  readonly #live = (): void => {
    if (past.value === undefined) return;
    this.#go(undefined);
    this.open = false;
  };

  readonly #close = (): void => {
    this.open = false;
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && past.value === undefined) this.#close();
  };

  /** Back leaves the past at once, however many moments were shown. */
  #go(at: string | undefined): void {
    const before = past.value?.at;
    this.#replay.stop();
    if (at !== before) goTo(at, at === undefined || before === undefined ? "push" : "replace");
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-time-control": TimeControl;
  }
}
