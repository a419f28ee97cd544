import type { Chain, CommandPage, Diff, DiffQuery, PastAnswer, PastDevice, PastSummary } from "@fleetlog/protocol";
import { call, get, getText } from "./api.ts";
import { chunks } from "./chunks.ts";
import { type DeviceResource, MAX_ROWS } from "./devices.ts";

export type {
  CauseKind,
  Chain,
  ChainNode,
  Diff,
  DiffCause,
  DiffItem,
  DiffQuery,
  PastDevice,
  PastSummary,
} from "@fleetlog/protocol";

/** A moment of the log: the newest event's FLEET sequence and time (RFC 3339). */
export interface Moment {
  readonly seq: number;
  readonly at: string;
}

/** @param at RFC 3339 or a FLEET sequence, in all calls of this file */
export function pastSummary(at: string, signal?: AbortSignal): Promise<PastSummary> {
  return get("/history/summary", { at }, signal);
}

export function pastDevice(id: string, at: string, signal?: AbortSignal): Promise<PastDevice> {
  return get(`/history/devices/${encodeURIComponent(id)}`, { at }, signal);
}

/**
 * Rows of these devices as in lists, including devices that were retired then; omits devices that were unknown then.
 */
export async function pastRows(ids: readonly string[], at: string): Promise<readonly DeviceResource[]> {
  const rows: DeviceResource[] = [];
  for (const part of chunks(ids, MAX_ROWS)) {
    const { result } = await get<PastAnswer>("/history/views/devices.rows", { at, ids: part.join(",") });
    rows.push(...(result as readonly DeviceResource[]));
  }
  return rows;
}

/** A device's commands as of this moment, the newest first. */
export async function pastCommands(
  device: string,
  at: string,
  limit: number,
  signal?: AbortSignal,
): Promise<CommandPage["items"]> {
  const query = { at, device, limit };
  const { result } = await get<PastAnswer>("/history/views/commands.list", query, signal);
  return (result as CommandPage).items;
}

/** Milliseconds: longer than the historian's own limit for a comparison. */
const DIFF_MS = 30_000;

/** What changed between two moments, and what caused it. */
export function differences(query: DiffQuery, signal?: AbortSignal): Promise<Diff> {
  return call("GET", "/history/diff", { query, signal, timeoutMs: DIFF_MS });
}

const chainPath = (id: string): string => `/history/chain/${encodeURIComponent(id)}`;
/** The longest chain that a historian follows. */
const WHOLE_CHAIN = { depth: 50, limit: 500 };

/**
 * The causes and the effects of an event or a command.
 * @param whole as many steps and events as the historian allows, instead of the first steps
 */
export function chainOf(id: string, whole: boolean, signal?: AbortSignal): Promise<Chain> {
  return get(chainPath(id), whole ? WHOLE_CHAIN : {}, signal);
}

/** The chain of an event as the text of a Mermaid flowchart. */
export function chainAsMermaid(id: string, whole: boolean): Promise<string> {
  return getText(chainPath(id), "text/plain", { as: "mermaid", ...(whole && WHOLE_CHAIN) });
}

/** The log's first moment. FLEET is never cut, so it is sequence 1. */
export async function firstMoment(signal?: AbortSignal): Promise<Moment> {
  const { at, seq } = await pastSummary("1", signal);
  return { at, seq };
}
