import { type Action, actionsOf } from "../../../components/commands/actions.ts";
import type { DeclaredCommands } from "../../../data/commands.ts";

/** A command that not every device declares, or that the devices declare differently. */
export interface PartlyDeclared {
  readonly name: string;
  /** Devices that do not declare the command; empty if only the parameters differ. */
  readonly without: readonly string[];
}

export class Declared {
  readonly #groups: readonly { readonly devices: readonly string[]; readonly actions: ReadonlyMap<string, Action> }[];
  readonly common: readonly Action[];
  readonly partly: readonly PartlyDeclared[];

  constructor(groups: readonly DeclaredCommands[]) {
    this.#groups = groups.map(({ devices, commands }) => ({
      devices,
      actions: new Map(actionsOf({ commands }).map((action) => [action.name, action])),
    }));
    const common: Action[] = [];
    const partly: PartlyDeclared[] = [];
    for (const name of new Set(this.#groups.flatMap(({ actions }) => [...actions.keys()]))) {
      const without = this.without(name);
      const alike = new Map(
        this.#groups.flatMap(({ actions }) => {
          const action = actions.get(name);
          return action === undefined ? [] : [[JSON.stringify(action), action] as const];
        }),
      );
      const [action] = alike.values();
      if (without.length === 0 && alike.size === 1 && action !== undefined) common.push(action);
      else partly.push({ name, without });
    }
    this.common = common;
    this.partly = partly;
  }

  get any(): boolean {
    return this.common.length + this.partly.length > 0;
  }

  without(name: string): readonly string[] {
    return this.#groups.flatMap(({ actions, devices }) => (actions.has(name) ? [] : devices));
  }
}
