import {
  type Action,
  type Category,
  type Decider,
  type DefinitionCommand,
  type DefinitionId,
  type DefinitionState,
  definitionEntity,
  definitionId,
  type EventBody,
  FleetError,
  MAIN_ACCOUNT,
} from "@fleetlog/domain";
import { scopeOf } from "@fleetlog/identity";
import { accountFor } from "../accounts/owner.ts";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { loadFromLog } from "../writer/load.ts";

/** The definition after a change, and the sequence of its newest event. */
export interface DefinitionDone<Definition> {
  readonly definition: Definition | undefined;
  readonly seq: number;
  readonly created: boolean;
}

/** A definition's name and account; default: the caller's account. */
export interface NamedDefinition {
  readonly name: string;
  readonly account?: string | undefined;
}

/**
 * The id of a definition that the caller may change. People who are limited to tags may not: definitions concern all
 * devices of an account.
 * @throws FleetError `forbidden`, `account-unknown`
 */
export async function changeable(
  { accounts }: Pick<Fleet, "accounts">,
  caller: Caller,
  action: Action,
  { name, account: named }: NamedDefinition,
): Promise<DefinitionId & { readonly account: string }> {
  if (scopeOf(caller.principal, action).tags !== undefined) {
    throw new FleetError("forbidden", "this concerns all devices of the account, and your access is limited to some");
  }
  const account = accountFor(caller, action, named);
  await accounts.get(account);
  return { name, account };
}

/** `check` runs after each load. */
export async function decideDefinition<Definition, Event extends EventBody>(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  target: {
    readonly decider: Decider<DefinitionState<Definition>, DefinitionCommand<Definition>, Event>;
    readonly category: Category;
  },
  command: DefinitionCommand<Definition>,
  check: (state: DefinitionState<Definition>) => void | Promise<void>,
): Promise<DefinitionDone<Definition>> {
  let created = false;
  const { name, account = MAIN_ACCOUNT, ...rest } = command;
  const entity = definitionEntity({ name, account });
  const { state, lastSeq } = await writer.record({
    decider: target.decider,
    load: async () => {
      const loaded = await loadFromLog(log, target.decider, target.category, entity);
      created = loaded.state.status !== "defined";
      await check(loaded.state);
      return loaded;
    },
    command: { ...rest, ...definitionId(account, name) },
    entity,
    metadata: { ...metadataOf(caller), account },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
  return { definition: state.status === "defined" ? state.definition : undefined, seq: lastSeq, created };
}

/** @throws FleetError `precondition-failed` if the definition has another revision, or if there is none */
export function mustHaveRevision(
  state: DefinitionState<unknown>,
  what: string,
  ifRevision: readonly string[] | undefined,
): void {
  if (ifRevision === undefined) return;
  const revision = state.status === "defined" ? String(state.seq) : "";
  if (ifRevision.includes(revision)) return;
  const why = state.status === "defined" ? "was changed since it was read" : "does not exist";
  throw new FleetError("precondition-failed", `${what} ${why}`, {
    field: "If-Match",
    advice: "Read it again, and repeat the change with its new ETag.",
  });
}

/** @throws FleetError `payload-too-large` */
export function mustBeAtMost(bytes: number, field: string, value: unknown): void {
  const size = Buffer.byteLength(JSON.stringify(value) ?? "");
  if (size <= bytes) return;
  throw new FleetError("payload-too-large", `${field} of ${size} bytes is larger than ${bytes}`, { field });
}
