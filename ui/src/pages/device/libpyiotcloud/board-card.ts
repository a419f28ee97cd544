import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { inLocalZone } from "../../../components/text/times.ts";
import { base, cardHost, cards } from "../../../styles/shared.ts";
import type { BoardButton, BoardField } from "./board-call.ts";
import { memberOf } from "./calls.ts";
import "./board-call.ts";
import "./board-pins.ts";

const valueIn = (answer: unknown) => memberOf(answer, "value");

function timeIn(answer: unknown): string {
  const seconds = Number(valueIn(answer));
  return valueIn(answer) === "" || !Number.isFinite(seconds) ? valueIn(answer) : inLocalZone(new Date(seconds * 1_000));
}

const read = (label: string, api: string): BoardButton => ({
  label,
  api,
  said: (answer) => `${label}: ${valueIn(answer)}`,
});

interface Subject {
  readonly heading: string;
  readonly inputs?: readonly BoardField[];
  readonly buttons: readonly BoardButton[];
}

const SUBJECTS: readonly Subject[] = [
  {
    heading: "Status",
    buttons: [
      { label: "Read status", api: "get_status", said: (answer) => `It says: ${valueIn(answer)}` },
      {
        label: "Restart",
        api: "set_status",
        params: () => ({ value: "restart" }),
        asks: { heading: "Restart the device?", body: "It is not connected until it has started again." },
        said: (answer) => `It says: ${valueIn(answer)}`,
      },
    ],
  },
  {
    heading: "Clock",
    buttons: [
      { label: "Read clock", api: "get_rtc", said: (answer) => `Its clock: ${timeIn(answer)}` },
      {
        label: "Set to this computer’s time",
        api: "set_rtc",
        params: () => ({ value: Math.floor(Date.now() / 1_000) }),
        said: (answer) => `Its clock was set to ${timeIn(answer)}`,
      },
    ],
  },
  {
    heading: "Addresses",
    buttons: [
      read("MAC", "get_mac"),
      read("IP", "get_ip"),
      read("Subnet", "get_subnet"),
      read("Gateway", "get_gateway"),
    ],
  },
  {
    heading: "Serial line",
    inputs: [{ id: "text", label: "Text" }],
    buttons: [
      {
        label: "Write",
        api: "write_uart",
        params: ([value = ""]) => (value === "" ? undefined : { value }),
        said: (answer) => `Written: ${valueIn(answer)}`,
      },
    ],
  },
  {
    heading: "Notification",
    inputs: [
      { id: "recipient", label: "Email address or telephone number" },
      { id: "message", label: "Message" },
    ],
    buttons: [
      {
        label: "Send",
        api: "trigger_notification",
        params: ([recipient = "", message = ""]) =>
          recipient === "" || message === "" ? undefined : { recipient, message },
        said: (answer) => `The device has sent it to ${memberOf(answer, "recipient")}`,
      },
    ],
  },
];

/** What an operator can do with a board of libpyiotcloud. */
@customElement("fl-board-card")
export class BoardCard extends LitElement {
  static override styles = [
    base,
    cardHost,
    cards,
    css`
      .card-body {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr));
        gap: var(--space-4) var(--space-5);
      }
      fl-board-pins {
        grid-column: 1 / -1;
      }
    `,
  ];

  @property() device = "";

  protected override render() {
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Board</h2></div>
      <div class="card-body">
        <fl-board-pins device=${this.device}></fl-board-pins>
        ${SUBJECTS.map(
          ({ heading, inputs = [], buttons }) =>
            html`<fl-board-call
              device=${this.device}
              heading=${heading}
              .inputs=${inputs}
              .buttons=${buttons}
            ></fl-board-call>`,
        )}
      </div>
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-board-card": BoardCard;
  }
}
