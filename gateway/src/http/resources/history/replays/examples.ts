import { replayId } from "./id.ts";

const begin = { at: "2026-01-31T03:00:00.000Z", seq: 5_000 };
const end = { at: "2026-01-31T04:00:00.000Z", seq: 5_130 };
const id = replayId({ from: begin.at, to: end.at, speed: 60, content: "events" });

export const REPLAY_EXAMPLES = {
  StartReplay: { from: begin.at, to: end.at, speed: 60 },
  Replay: { id, stream: `/api/history/replays/${id}/stream`, from: begin, to: end, speed: 60 },
  ReplayPosition: {
    ...{ type: "position", state: "playing", speed: 60, at: "2026-01-31T03:09:58.000Z", seq: 5_128 },
    ...{ from: begin.at, to: end.at },
  },
  ReplayEvents: {
    type: "events",
    items: [
      {
        ...{ specversion: "1.0", id: "b17f9a97-4fde-403e-a54f-e1c832ee0174/lost", source: "/reactors" },
        ...{ type: "GatewayLost", subject: "fleet.gateway.gateway-2", time: "2026-01-31T03:09:58.000Z" },
        ...{ data: { gateway: "gateway-2", incarnation: "i2" }, seq: 5_128, stream: "FLEET" },
      },
    ],
  },
  ReplayProblem: { type: "problem", code: "invalid-request", message: "to must be within the span", field: "to" },
  ReplayControl: { type: "play", speed: 600 },
};
