import { randomBytes } from "node:crypto";
import { type Category, type FleetEvent, streamOf } from "@fleetlog/domain";
import { type EventLog, withoutRepeats } from "@fleetlog/log";

/** Equal in all runs of one request. A request runs again after a crash, or after an append without an answer. */
export interface RepeatableRequest {
  /** 32 secret bytes, the same ones in each run for the same purpose. */
  readonly bytes: (purpose: string) => Buffer;
  /** When the first run began, milliseconds since the epoch. */
  readonly since: number;
}

interface Repeatable {
  readonly repeatable?: RepeatableRequest;
  readonly eventId?: string;
}

/** A UUID for something that the request makes: the same one in each run. */
export function newId(caller: Repeatable, purpose: string): string {
  return uuidFrom(newBytes(caller, `id ${purpose}`));
}

/** 32 bytes for a secret that the request makes: the same ones in each run. */
export function newBytes({ repeatable }: Repeatable, purpose: string): Buffer {
  return repeatable?.bytes(purpose) ?? randomBytes(32);
}

/** Random integers below a bound: the same ones in each run. */
export function newIntegers(caller: Repeatable, purpose: string): (below: number) => number {
  let round = 0;
  // The remainder of a 48-bit number is nearly uniform for bounds of a few dozen.
  return (below) => newBytes(caller, `${purpose} ${round++}`).readUIntBE(0, 6) % below;
}

export function eventIdOf({ repeatable, eventId }: Repeatable, fact: string): string | undefined {
  return eventId ?? (repeatable === undefined ? undefined : uuidFrom(repeatable.bytes(`event ${fact}`)));
}

/** Whether an earlier run of the request has recorded this fact. False for a request that can't run again. */
export async function isRecorded(
  { log }: { readonly log: EventLog },
  caller: Repeatable,
  [category, entity, command]: readonly [category: Category, entity: string, command: string],
): Promise<boolean> {
  const id = eventIdOf(caller, factOf(entity, command));
  if (id === undefined) return false;
  for await (const event of log.read({ stream: streamOf(category), category, entity }))
    if (event.id === id) return true;
  return false;
}

/** Whether an earlier run of the request recorded the entity's newest event of these types. */
export async function isNewest(
  { log }: { readonly log: EventLog },
  caller: Repeatable,
  [category, entity, command]: readonly [category: Category, entity: string, command: string],
  types: readonly FleetEvent["type"][],
): Promise<boolean> {
  let newest: string | undefined;
  for await (const { type, id } of withoutRepeats(log.read({ stream: streamOf(category), category, entity })))
    if (types.includes(type)) newest = id;
  return newest !== undefined && newest === eventIdOf(caller, factOf(entity, command));
}

/** Names an event within its request. A request appends at most one event of a type for each entity. */
export function factOf(entity: string, command: string): string {
  return `${command} ${entity}`;
}

function uuidFrom(bytes: Buffer): string {
  const hex = bytes.subarray(0, 16).toString("hex");
  const variant = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`];
  return [...parts, variant.toString(16).padStart(2, "0") + hex.slice(18, 20), hex.slice(20)].join("-");
}
