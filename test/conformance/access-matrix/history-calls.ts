import type { EventPage } from "@fleetlog/protocol";
import { at, type Recipe } from "./recipe.ts";

const now = () => new Date().toISOString();

export const HISTORY_CALLS: Readonly<Record<string, Recipe>> = {
  "GET /api/history/devices": () => ({ path: `/api/history/devices?at=${now()}&limit=500` }),
  "GET /api/history/devices/{id}": ({ shared }) => ({ path: `/api/history/devices/${shared.device}?at=${now()}` }),
  "GET /api/history/export": () => ({ path: "/api/history/export?format=csv" }),
  "GET /api/history/export (people)": () => ({ path: "/api/history/export?category=person" }),
  "GET /api/history/summary": () => ({ path: `/api/history/summary?at=${now()}` }),
  "GET /api/history/chain/{id}": async ({ admin, shared }) => {
    const { body } = await admin.call<EventPage>("GET", `/api/devices/${shared.device}/events?limit=1`);
    return { path: `/api/history/chain/${encodeURIComponent(body.items[0]?.id ?? "")}` };
  },
  "GET /api/history/diff": () => ({ path: "/api/history/diff?from=1&limit=500" }),
  "POST /api/history/incidents": ({ shared }) => ({
    path: "/api/history/incidents",
    body: { from: 1, to: now(), devices: [shared.device] },
  }),
  "POST /api/history/replays": ({ shared }) => ({
    path: "/api/history/replays",
    body: { from: 1, to: now(), speed: 60, device: shared.device },
  }),
  "GET /api/history/marks": at("/api/history/marks"),
  "GET /api/history/marks/check": at("/api/history/marks/check"),
  "GET /api/history/views/{query}": () => ({ path: `/api/history/views/commands.list?at=${now()}&limit=500` }),
  "GET /api/history/views/{query} (acts)": () => ({ path: `/api/history/views/acts.list?at=${now()}&limit=1000` }),
  "GET /api/history/views/{query} (people)": () => ({ path: `/api/history/views/people.list?at=${now()}&limit=500` }),
  "POST /api/history/query": () => ({
    path: "/api/history/query",
    body: { sql: "SELECT * FROM devices_versions" },
  }),
  "GET /api/history/query/schema": at("/api/history/query/schema"),
  "POST /api/history/trials": ({ shared }) => ({
    path: "/api/history/trials",
    body: { presence: { lease: "7d" }, device: shared.device },
  }),
  "GET /api/history/trials/{id}": at("/api/history/trials/none"),
  "DELETE /api/history/trials/{id}": at("/api/history/trials/none"),
};
