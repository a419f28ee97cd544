import { type CommandContext, type CommandDefinition, CommandFailure } from "@fleetlog/agent";
import { checker } from "@fleetlog/protocol";
import type { Static, TObject } from "typebox";

/** How a profile describes a command: what is needed to make a form of it. */
export interface CommandDescription {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly params: TObject;
}

/** Something that a kind of device can be told, with the schema that its parameters must fit. */
export interface SimulatedCommand<Device> {
  readonly description: CommandDescription;
  bind(device: Device): CommandDefinition;
}

/**
 * @param idempotent whether it may be done again after the device went down in the middle of it
 * @param run its parameters have been checked: what does not fit ends in error `invalid-params`
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
