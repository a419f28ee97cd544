import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { commands as projection } from "./commands.ts";
import { listCommands, threadOfList } from "./list.ts";
import { openCommands, pendingCommands } from "./pending.ts";
import { getCommand } from "./rows.ts";

export const commands = view(
  VIEW_SCHEMAS.commands,
  [projection],
  {
    "commands.list": listCommands,
    "commands.get": getCommand,
    "commands.pending": pendingCommands,
    "commands.open": openCommands,
  },
  { "commands.list": threadOfList },
);
