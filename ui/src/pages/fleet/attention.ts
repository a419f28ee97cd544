import { concernsOf } from "../../components/concerns.ts";
import { day, timeOfDay } from "../../components/times.ts";
import type { FleetSummary } from "../../data/devices.ts";
import type { SystemResource } from "../../data/system.ts";
import { paths } from "../../state/paths.ts";
import { addressOf } from "./filters.ts";

/** Something that an operator should look at, and where. */
export interface Matter {
  /** The same for as long as it is the same matter. */
  readonly key: string;
  readonly tone: "danger" | "warning";
  readonly text: string;
  readonly href: string;
}

/** From this share of the fleet on, devices that are disconnected are no longer a matter of single ones. */
const MANY = 0.1;
const MOST = 0.5;
/** Fewer than this are single devices, whatever their share of a small fleet. */
const FEW = 3;
/** Ends of gateways that are told one by one. */
const SHOWN_ENDS = 3;

const HOW = { lost: "was lost", stopped: "stopped", restarted: "started anew" } as const;

/** What is wrong in the fleet and in what it stands on; the worst first, of the same weight devices before processes. */
export function mattersOf(
  summary: FleetSummary | undefined,
  system: SystemResource | undefined,
  now: number,
): readonly Matter[] {
  const found = [...(summary ? inFleet(summary, now) : []), ...(system ? inSystem(system, summary, now) : [])];
  return [...found.filter(({ tone }) => tone === "danger"), ...found.filter(({ tone }) => tone === "warning")];
}

/** How much of the fleet is disconnected, where that is more than a few devices. */
export function weightOf(disconnected: number, total: number): "few" | "many" | "most" {
  if (disconnected < FEW || disconnected < total * MANY) return "few";
  return disconnected <= total * MOST ? "many" : "most";
}

function inFleet(summary: FleetSummary, now: number): Matter[] {
  const { total, byStatus, gatewayEnds, disconnectedForDay, failedCommandsLastHour } = summary;
  const disconnected = byStatus.disconnected ?? 0;
  const matters: Matter[] = gatewayEnds.slice(0, SHOWN_ENDS).map(({ gateway, how, at, devices }) => ({
    key: `end ${gateway} ${at}`,
    tone: weightOf(devices, total) === "few" ? "warning" : "danger",
    text: `${count(devices, "device")} disconnected since ${moment(at, now)}, when gateway ${gateway} ${HOW[how]}`,
    href: addressOf({ status: "disconnected", seen: at }),
  }));
  const told = gatewayEnds.slice(0, SHOWN_ENDS).reduce((sum, { devices }) => sum + devices, 0) + disconnectedForDay;
  const others = Math.max(0, disconnected - told);
  const weight = weightOf(others, total);
  if (weight !== "few")
    matters.push({
      key: "disconnected",
      tone: weight === "most" ? "danger" : "warning",
      text: `${count(others, told > 0 ? "more device" : "device")} disconnected today, ${percent(others / total)} of the fleet`,
      href: addressOf({ status: "disconnected", seen: "24h", sort: "-since" }),
    });
  if (failedCommandsLastHour > 0)
    matters.push({
      key: "commands",
      tone: "warning",
      text: `${count(failedCommandsLastHour, "command")} failed or expired in the last hour`,
      href: `${paths.commands}?state=failed,expired`,
    });
  if (disconnectedForDay > 0)
    matters.push({
      key: "gone",
      tone: "warning",
      text: `${count(disconnectedForDay, "device")} disconnected for more than a day`,
      href: addressOf({ status: "disconnected", seen: "not-24h" }),
    });
  return matters;
}

function inSystem(system: SystemResource, summary: FleetSummary | undefined, now: number): Matter[] {
  const told = new Set(summary?.gatewayEnds.slice(0, SHOWN_ENDS).map(({ gateway }) => gateway));
  return concernsOf(system, now)
    .filter(({ gateway }) => gateway === undefined || !told.has(gateway))
    .map(({ tone, text }) => ({ key: text.replaceAll(/\d[\d,. ]*/g, ""), tone, text, href: paths.gateways }));
}

function count(number: number, what: string): string {
  return `${number.toLocaleString()} ${what}${number === 1 ? "" : "s"}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** The time of day, with the day if that was another one. */
function moment(at: string, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  return day(then) === day(today) ? timeOfDay(then) : `${day(then)}, ${timeOfDay(then)}`;
}
