import { Follower } from "@fleetlog/fleet";
import type { Core } from "../../node/core.ts";
import type { NodePart } from "../../node/parts.ts";
import type { SessionsPart } from "./sessions-part.ts";

export function configurationsPart({ fleet, logger }: Core, { sessions }: Pick<SessionsPart, "sessions">): NodePart {
  const follower = new Follower({
    log: fleet.log,
    logger,
    category: "configuration",
    from: "new",
    onEvent: (event) => {
      if (event.type === "ConfigurationSet") sessions.applyConfiguration(event);
    },
  });
  return { name: "configurations", start: () => follower.start(), stop: () => follower.stop() };
}
