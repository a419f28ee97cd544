import { commandEventId, type RecordedEvent } from "@fleetlog/domain";
import type { ChainEdge, ChainNode } from "@fleetlog/protocol";
import { causeOf } from "../changes/cause.ts";
import type { Causation, ChangedField, LoggedEvent } from "./causation.ts";

export interface ChainLimits {
  /** Steps from the event whose chain is wanted, in either direction. */
  readonly depth: number;
  readonly nodes: number;
}

/** Maximum number of changes that are read. A caller with a limited scope may see few of them. */
const CHANGES = 20_000;

/** The events around one event. */
export interface FoundChain {
  readonly start: LoggedEvent;
  /** `start` and its causes and effects, direct and indirect, in the order of the log. */
  readonly events: readonly LoggedEvent[];
  /** First the changes by `start` and its effects, then those by its causes; both in the order of the log. */
  readonly changes: readonly ChangedField[];
  /** Whether the limits have cut the chain. */
  readonly truncated: boolean;
}

/** @param id of an event or a command @returns undefined if there is no such event */
export async function chainOf(
  causation: Pick<Causation, "byIds" | "causedBy" | "changesOf">,
  id: string,
  { depth, nodes }: ChainLimits,
): Promise<FoundChain | undefined> {
  const named = await causation.byIds([id, commandEventId.issued(id)]);
  const start = named.find((event) => event.id === id) ?? named[0];
  if (start === undefined) return undefined;
  const known = new Map<string, LoggedEvent>([[start.id, start]]);
  let truncated = false;

  let cause = start.causationid;
  for (let step = 0; cause !== null && !known.has(cause); step++) {
    if (step === depth || known.size >= nodes) {
      truncated = true;
      break;
    }
    const [event] = await causation.byIds([cause]);
    if (event === undefined) break;
    known.set(event.id, event);
    cause = event.causationid;
  }

  let newest = [start.id];
  for (let step = 0; newest.length > 0; step++) {
    const room = nodes - known.size;
    const caused = (await causation.causedBy(newest, step === depth ? 1 : room + newest.length + 1)).filter(
      (event) => !known.has(event.id),
    );
    if (step === depth || caused.length > room) truncated ||= caused.length > 0;
    if (step === depth) break;
    const some = caused.slice(0, room);
    for (const event of some) known.set(event.id, event);
    newest = some.map((event) => event.id);
  }

  const events = [...known.values()].sort((a, b) => a.seq - b.seq);
  // Changes by causes come last: a single cause may have changed so many devices that none by `start` would fit.
  const causes = new Set(causesOf(start, known));
  const seqs = Map.groupBy(events, ({ id }) => causes.has(id));
  const changes: ChangedField[] = [];
  for (const part of [seqs.get(false), seqs.get(true)]) {
    const found = (part ?? []).map(({ seq }) => seq);
    changes.push(...(await causation.changesOf(found, CHANGES - changes.length)));
  }
  return { start, events, changes, truncated: truncated || changes.length === CHANGES };
}

/** Ids of an event's causes, the nearest first. */
function* causesOf(
  { id: first, causationid }: LoggedEvent,
  known: ReadonlyMap<string, LoggedEvent>,
): Generator<string> {
  const seen = new Set([first]);
  for (let id = causationid; id !== null && !seen.has(id); id = known.get(id)?.causationid ?? null) {
    seen.add(id);
    yield id;
  }
}

/**
 * What the caller may see of a chain. Hidden events between visible ones are nodes without content; other hidden events
 * are left out.
 *
 * @param limit of nodes
 */
export function visiblePart(
  { start, events, changes, truncated }: FoundChain,
  isVisible: { event(event: LoggedEvent): boolean; change(change: ChangedField): boolean },
  limit: number,
): { readonly nodes: ChainNode[]; readonly edges: ChainEdge[]; readonly start: string; readonly truncated: boolean } {
  const shown = new Set(events.filter((event) => isVisible.event(event)).map(({ id }) => id));
  const byId = new Map(events.map((event) => [event.id, event]));
  const between = new Set<string>();
  for (const { causationid } of events.filter(({ id }) => shown.has(id))) {
    for (let id = causationid; id !== null && !shown.has(id) && !between.has(id); ) {
      const event = byId.get(id);
      if (event === undefined) break;
      between.add(id);
      id = event.causationid;
    }
  }
  const nodes: ChainNode[] = [];
  const edges: ChainEdge[] = [];
  const names = new Map<string, string>();
  for (const event of events) {
    if (shown.has(event.id)) names.set(event.id, event.id);
    else if (between.has(event.id)) names.set(event.id, `hidden-${names.size + 1}`);
    else continue;
    const name = names.get(event.id) ?? "";
    nodes.push(shown.has(event.id) ? eventNode(event) : { id: name, kind: "hidden" });
  }
  for (const { id, causationid } of events) {
    const [from, to] = [names.get(causationid ?? ""), names.get(id)];
    if (from !== undefined && to !== undefined) edges.push({ from, to });
  }
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  for (const change of changes) {
    const from = names.get(bySeq.get(change.seq)?.id ?? "");
    if (from === undefined || !isVisible.change(change)) continue;
    if (nodes.length >= limit) return { nodes, edges, start: start.id, truncated: true };
    const node = changeNode(change);
    nodes.push(node);
    edges.push({ from, to: node.id });
  }
  return { nodes, edges, start: start.id, truncated };
}

function eventNode(event: LoggedEvent): ChainNode {
  const { id, seq, type, time, data } = event;
  const { kind, by } = causeOf(event as unknown as RecordedEvent);
  const { device, name, reason, ...others } = data as Readonly<Record<string, unknown>>;
  const gateway = event.gateway ?? others.gateway;
  const detail = type === "CommandIssued" ? name : reason;
  return {
    ...{ id, kind: "event", seq, type, time },
    ...(typeof device === "string" && { device }),
    ...(typeof gateway === "string" && { gateway }),
    ...(typeof detail === "string" && { detail }),
    cause: { kind, ...(by !== "" && { by }) },
  };
}

function changeNode({ seq, device, change, before, after }: ChangedField): ChainNode {
  const id = `${seq}/${device}/${change}`;
  const values = { before: JSON.parse(before) as unknown, after: JSON.parse(after) as unknown };
  return { id, kind: "change", seq, device, change, ...values };
}
