import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { sentence } from "../../components/basic/notice.ts";
import { gatewayNow } from "../../state/clock.ts";
import { base, fields } from "../../styles/shared.ts";
import { timesText } from "./next-times.ts";
import {
  type Every,
  nextTimes,
  readSchedule,
  type Schedule,
  scheduleText,
  WEEKDAYS,
  writeSchedule,
} from "./schedule.ts";

const EVERY: Readonly<Record<Every, string>> = {
  never: "Only by hand",
  day: "Every day",
  week: "Every week",
  month: "Every month",
  other: "Cron expression",
};
const SHOWN = 3;

/** A field for the times at which a catalogue is compared with all devices. It shows the next times in words. */
@customElement("fl-schedule-field")
export class ScheduleField extends LitElement {
  static override styles = [
    base,
    fields,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .parts {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
      .parts > * {
        flex: 1 1 8rem;
        min-width: 0;
      }
    `,
  ];

  /** A cron expression. */
  @property() initial: string | undefined;
  @property() fault = "";
  @state() private schedule: Schedule = readSchedule(undefined);

  override connectedCallback(): void {
    super.connectedCallback();
    this.schedule = readSchedule(this.initial);
  }

  /** The cron expression; undefined: never. */
  get value(): string | undefined {
    return writeSchedule(this.schedule);
  }

  protected override render() {
    const { every } = this.schedule;
    return html`<div class="field">
      <span id="name">Scan all devices</span>
      <div class="parts" role="group" aria-labelledby="name" @input=${this.#changed}>
        <select name="every" aria-label="How often">
          ${Object.entries(EVERY).map(([key, text]) => html`<option value=${key} .selected=${key === every}>${text}</option>`)}
        </select>
        ${this.#parts()}
      </div>
      <span class=${this.fault ? "fault" : "hint"} role=${this.fault ? "alert" : "status"}>${this.fault || this.#words()}</span>
    </div>`;
  }

  #parts() {
    const { every, time, weekday, day, cron } = this.schedule;
    if (every === "never") return nothing;
    if (every === "other")
      return html`<input name="cron" type="text" class="mono" aria-label="Cron expression in UTC" placeholder="0 3 * * *" spellcheck="false" autocomplete="off" .value=${cron} />`;
    return html`${
      every === "week"
        ? html`<select name="weekday" aria-label="Day of the week">
            ${WEEKDAYS.map((name, i) => html`<option value=${i} .selected=${i === weekday}>${name}</option>`)}
          </select>`
        : nothing
    }
    ${
      every === "month"
        ? html`<select name="day" aria-label="Day of the month">
            ${Array.from({ length: 31 }, (_, i) => html`<option value=${i + 1} .selected=${i + 1 === day}>Day ${i + 1}</option>`)}
          </select>`
        : nothing
    }
      <input name="time" type="time" aria-label="Time in UTC" .value=${time} />`;
  }

  #words(): string {
    const cron = this.value;
    if (cron === undefined) return "Devices are also compared when their profile changes.";
    if (cron === "") return "Five fields in UTC: minute, hour, day, month, weekday.";
    const times = nextTimes(cron, gatewayNow(), SHOWN);
    if (times === undefined) return "This is no cron expression.";
    if (times.length === 0) return "There is no such time in the future.";
    return `${sentence(scheduleText(cron))} Next, in your time zone: ${timesText(times)}.`;
  }

  readonly #changed = (event: Event): void => {
    const { name, value } = event.target as HTMLInputElement | HTMLSelectElement;
    this.fault = "";
    if (name === "every") {
      const cron = value === "other" ? (this.value ?? "") : "";
      this.schedule = { ...this.schedule, every: value as Every, cron };
    } else if (name === "weekday" || name === "day") this.schedule = { ...this.schedule, [name]: Number(value) };
    else if (value !== "" || name === "cron") this.schedule = { ...this.schedule, [name]: value };
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-schedule-field": ScheduleField;
  }
}
