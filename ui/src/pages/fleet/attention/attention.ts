import { concernsOf } from "../../../components/devices/concerns.ts";
import { counted, percent } from "../../../components/text/numbers.ts";
import { day, timeOfDay } from "../../../components/text/times.ts";
import type { FleetSummary } from "../../../data/devices.ts";
import type { SystemResource } from "../../../data/system.ts";
import { paths } from "../../../state/paths.ts";
import { addressOf } from "../filters/filters.ts";
import { weightOf } from "../weight.ts";

/** Something that needs attention, with a link to it. */
export interface AttentionItem {
  /** Identifies the item while its text changes. */
  readonly key: string;
  readonly tone: "danger" | "warning";
  readonly text: string;
  readonly href: string;
}

const SHOWN_ENDS = 3;

const HOW = { lost: "was lost", stopped: "stopped", restarted: "restarted" } as const;

/** The items for fleet and system, tone `danger` first; in each tone, devices before processes. */
export function attentionItems(
  summary: FleetSummary | undefined,
  system: SystemResource | undefined,
  now: number,
): readonly AttentionItem[] {
  const found = [...(summary ? inFleet(summary, now) : []), ...(system ? inSystem(system, summary, now) : [])];
  return [...found.filter(({ tone }) => tone === "danger"), ...found.filter(({ tone }) => tone === "warning")];
}

function inFleet(summary: FleetSummary, now: number): AttentionItem[] {
  const { total, byStatus, gatewayEnds, disconnectedForDay, failedCommandsLastHour } = summary;
  const disconnected = byStatus.disconnected ?? 0;
  const items: AttentionItem[] = gatewayEnds.slice(0, SHOWN_ENDS).map(({ gateway, how, at, devices }) => ({
    key: `end ${gateway} ${at}`,
    tone: weightOf(devices, total) === "few" ? "warning" : "danger",
    text: `${counted(devices, "device")} disconnected since ${timeText(at, now)}, when gateway ${gateway} ${HOW[how]}`,
    href: addressOf({ status: "disconnected", seen: at }),
  }));
  const listed = gatewayEnds.slice(0, SHOWN_ENDS).reduce((sum, { devices }) => sum + devices, 0) + disconnectedForDay;
  const others = Math.max(0, disconnected - listed);
  const weight = weightOf(others, total);
  if (weight !== "few")
    items.push({
      key: "disconnected",
      tone: weight === "most" ? "danger" : "warning",
      text: `${counted(others, listed > 0 ? "more device" : "device")} disconnected today, ${percent(others / total)} of the fleet`,
      href: addressOf({ status: "disconnected", seen: "24h", sort: "-since" }),
    });
  if (failedCommandsLastHour > 0)
    items.push({
      key: "commands",
      tone: "warning",
      text: `${counted(failedCommandsLastHour, "command")} failed or expired in the last hour`,
      href: `${paths.commands}?state=failed,expired`,
    });
  if (disconnectedForDay > 0)
    items.push({
      key: "gone",
      tone: "warning",
      text: `${counted(disconnectedForDay, "device")} disconnected for more than a day`,
      href: addressOf({ status: "disconnected", seen: "not-24h" }),
    });
  return items;
}

function inSystem(system: SystemResource, summary: FleetSummary | undefined, now: number): AttentionItem[] {
  const listed = new Set(summary?.gatewayEnds.slice(0, SHOWN_ENDS).map(({ gateway }) => gateway));
  return concernsOf(system, now)
    .filter(({ gateway }) => gateway === undefined || !listed.has(gateway))
    .map(({ tone, text }) => ({ key: text.replaceAll(/\d[\d,. ]*/g, ""), tone, text, href: paths.gateways }));
}

function timeText(at: string, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  return day(then) === day(today) ? timeOfDay(then) : `${day(then)}, ${timeOfDay(then)}`;
}
