import type { OpenAPIV3_1 } from "openapi-types";
import type { RouteInfo } from "./operations.ts";

export const REPLAY_STREAM_ROUTE: RouteInfo = {
  method: "GET",
  problems: ["upgrade-required", "forbidden", "not-found", "device-unknown", "limit-reached"],
  hasLocation: false,
  hasEtag: false,
  open: false,
};

const link = (name: string) => `[${name}](#/components/schemas/${name})`;

/** OpenAPI can describe only the upgrade. The messages are named schemas. */
export function replayStream(): OpenAPIV3_1.OperationObject {
  return {
    operationId: "openReplay",
    summary: "Plays a replay, over a WebSocket",
    tags: ["history"],
    description: [
      "Each text frame is one JSON message. The replay plays as soon as it is open. The gateway sends:",
      `- ${link("ReplayPosition")}: how far the replay is; at the start, twice a second while it plays, and after each control`,
      `- ${link("ReplayEvents")}: events, when the replay's time has reached them; only those that the caller may see today`,
      `- ${link("ReplayProblem")}: a control was refused, or the historian failed; the replay is then paused`,
      `The client sends ${link("ReplayControl")}: \`play\` (with another \`speed\`), \`pause\`, \`step\` (pauses, and sends the ` +
        "next events), and `seek` within the span. A client that reads slowly slows the replay down.",
      "Browsers must send an `Origin` of these pages. The connection ends when the caller's token or session ends.",
    ].join("\n"),
    parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
    responses: { 101: { description: "" } },
  };
}
