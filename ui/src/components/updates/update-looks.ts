import type { FoundUpdate, UpdateState } from "../../data/updates.ts";
import type { Tone } from "../basic/badge.ts";
import type { IconName } from "../basic/icons.ts";

/** Colour, icon and words of each state, in the order of the page. */
export const UPDATE_LOOKS: Readonly<Record<UpdateState, readonly [Tone, IconName, string]>> = {
  failed: ["danger", "fail", "catalogue failed"],
  available: ["info", "arrow-up", "available"],
  blocked: ["warning", "hourglass", "needs something first"],
  unclear: ["warning", "warning", "unclear"],
  "up-to-date": ["good", "check-circle", "up to date"],
  "not-listed": ["neutral", "minus", "not listed"],
  never: ["neutral", "dashed", "never looked at"],
};

export const UPDATE_STATES = Object.keys(UPDATE_LOOKS) as UpdateState[];

export function versionsOf({ current, available, newest }: FoundUpdate): string {
  const target = available ?? newest;
  if (target === undefined || target === current) return current ?? "";
  return `${current ?? "unknown"} → ${target}`;
}

export function whyOf({ reason, needs = [], available, newest }: FoundUpdate): string {
  if (reason !== undefined) return reason;
  const needed = needs.map((need) => {
    const has = need.has === undefined ? "its version is unknown" : `has ${need.has}`;
    return `${need.package} ${need.version} (${has}${need.offered === undefined ? "" : `, ${need.offered} is offered`})`;
  });
  if (needed.length === 0) return "";
  return `${available === undefined ? "" : `${newest} `}needs ${needed.join(", ")} first`.trim();
}
