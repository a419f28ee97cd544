import { MAIN_ACCOUNT } from "./account.ts";
import type { Decided, Decider } from "./decider.ts";
import type { AnyBody, Recorded } from "./envelope.ts";
import { sameJson } from "./json.ts";

/** Names are unique within an account. */
export interface DefinitionId {
  readonly name: string;
  /** Without an account, the definition belongs to `main`. */
  readonly account?: string;
}

/** No name or account contains a slash. */
export function definitionEntity({ name, account = MAIN_ACCOUNT }: DefinitionId): string {
  return account === MAIN_ACCOUNT ? name : `${account}/${name}`;
}

/** In events and commands, `main` is left out. */
export function definitionId(account: string, name: string): DefinitionId {
  return account === MAIN_ACCOUNT ? { name } : { name, account };
}

export type DefinitionState<Definition> =
  | { readonly status: "unknown" }
  | {
      readonly status: "defined";
      readonly name: string;
      readonly definition: Definition;
      readonly seq: number;
    }
  | { readonly status: "deleted"; readonly name: string; readonly seq: number };

export type DefinitionCommand<Definition> =
  | ({ readonly type: "Define"; readonly definition: Definition; readonly by: string } & DefinitionId)
  | ({ readonly type: "Delete"; readonly by: string } & DefinitionId);

export interface Defined<Definition> extends DefinitionId {
  readonly definition: Definition;
  readonly by: string;
}
export interface Deleted extends DefinitionId {
  readonly by: string;
}

export function definitionDecider<Definition, Event extends AnyBody>(
  defined: Event["type"],
  deleted: Event["type"],
): Decider<DefinitionState<Definition>, DefinitionCommand<Definition>, Event> {
  return {
    initial: { status: "unknown" },

    decide(command, state) {
      const { type, ...data } = command;
      const known = state.status === "defined";
      if (type === "Delete") return (known ? [{ type: deleted, data }] : []) as unknown as Decided<Event>;
      const same = known && sameJson(state.definition, (data as Defined<Definition>).definition);
      return (same ? [] : [{ type: defined, data }]) as unknown as Decided<Event>;
    },

    evolve(state, event: Recorded<AnyBody>) {
      const { seq, type, data } = event as Recorded<{ type: string; data: Defined<Definition> }>;
      if (state.status !== "unknown" && seq <= state.seq) return state;
      if (type === defined) return { status: "defined", name: data.name, definition: data.definition, seq };
      return type === deleted ? { status: "deleted", name: data.name, seq } : state;
    },
  };
}
