import { html, nothing } from "lit";
import type { IconName } from "../../components/basic/icons.ts";
import { causeLook } from "../../components/history/cause-looks.ts";
import { fieldText, valueText } from "../../components/history/change-texts.ts";
import type { ChainNode } from "../../data/history.ts";
import { paths } from "../../state/paths.ts";
import type { Branch } from "./tree.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/time.ts";

/** A cause with its effects in a list below it. */
export function branchItem(branch: Branch, start: string): unknown {
  const { node, effects, repeated } = branch;
  return html`<li>
    <div class="node ${node.id === start ? "start" : ""}" aria-current=${node.id === start ? "true" : nothing}>
      <fl-icon .name=${iconOf(node)}></fl-icon>
      <div class="text">
        ${textOf(node)} ${repeated ? html`<span class="quiet">is also above, under another cause, with its effects</span>` : nothing}
      </div>
    </div>
    ${
      effects.length === 0
        ? nothing
        : html`<ol class=${effects.length === 1 ? "only" : ""}>
            ${effects.map((effect) => branchItem(effect, start))}
          </ol>`
    }
  </li>`;
}

function iconOf({ kind, cause, gateway, device }: ChainNode): IconName {
  if (kind === "hidden") return "eye-off";
  if (kind === "change") return "edit";
  if (cause !== undefined) return causeLook(cause).icon;
  return device === undefined && gateway !== undefined ? "gateway" : "dot";
}

function textOf(node: ChainNode) {
  if (node.kind === "hidden") return html`<span class="quiet">An event that you may not see</span>`;
  return node.kind === "change" ? changeText(node) : eventText(node);
}

function changeText({ device, change = "", before, after, seq }: ChainNode) {
  return html`<strong>${fieldText(change)}</strong>
    ${deviceLink(device, seq)}
    <span
      ><span class="quiet">${valueText(before)}</span> <span aria-hidden="true">→</span
      ><span class="visually-hidden"> became </span> ${valueText(after)}</span
    >`;
}

function eventText({ type, detail, device, gateway, time, seq, cause }: ChainNode) {
  return html`<strong>${type}</strong>
    ${detail ? html`<span>${detail}</span>` : nothing} ${deviceLink(device, seq)}
    ${cause ? html`<span class="quiet">${causeLook(cause).text}</span>` : nothing}
    <small>
      ${time === undefined ? nothing : html`<fl-time at=${time} show="full"></fl-time>`}
      ${seq === undefined ? nothing : html`<span class="number">#${seq}</span>`} ${gateway ? html`· ${gateway}` : nothing}
    </small>`;
}

/** A link to the device as it was after the event. */
function deviceLink(device: string | undefined, seq: number | undefined) {
  if (device === undefined) return nothing;
  return html`<a href="${paths.device(device)}${seq === undefined ? "" : `?at=${seq}`}">${device}</a>`;
}
