import { type CommandContext, type CommandDefinition, CommandFailure } from "@fleetlog/agent";
import { checker } from "@fleetlog/protocol";
import type { Static, TObject } from "typebox";

/** A command as a profile describes it, with all that a form needs. */
export interface CommandDescription {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly params: TObject;
}

/** A command of a kind of device. */
export interface SimulatedCommand<Device> {
  readonly description: CommandDescription;
  bind(device: Device): CommandDefinition;
}

/**
 * @param idempotent whether the command may run again if the device stopped during it
 * @param run gets valid parameters only; a command with invalid parameters fails with `invalid-params`
 */
export function command<Device>() {
  return <Params extends TObject>(
    description: Omit<CommandDescription, "params"> & { readonly params: Params; readonly idempotent?: boolean },
    run: (device: Device, params: Static<Params>, context: CommandContext) => unknown,
  ): SimulatedCommand<Device> => {
    const { idempotent = false, ...shown } = description;
    const check = checker(description.params, "params");
    return {
      description: shown,
      bind: (device) => ({
        idempotent,
        run(params, context) {
          const checked = check(params ?? {});
          if (!checked.ok) throw new CommandFailure("invalid-params", checked.message);
          return run(device, checked.value, context);
        },
      }),
    };
  };
}

export function bindAll<Device>(
  commands: readonly SimulatedCommand<Device>[],
  device: Device,
): Record<string, CommandDefinition> {
  return Object.fromEntries(commands.map(({ description, bind }) => [description.name, bind(device)]));
}
