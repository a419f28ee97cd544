import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { isDeviceId } from "@fleetlog/domain";
import { DeclaredCommands, MAX_ROWS } from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { readerOptions } from "../../input/reader-options.ts";

const tags = ["commands"];
/** Number of devices whose declarations fit into one answer of the views, even if all differ. */
const DEVICES_AT_ONCE = 64;
const DeclaredQuery = Type.Object(
  {
    ids: Type.Array(Type.String(), {
      maxItems: MAX_ROWS,
      description: `Up to ${MAX_ROWS} ids of devices separated by commas; retired and unknown ones are left out`,
    }),
  },
  { additionalProperties: false },
);
const Declared = Type.Object({ items: Type.Array(DeclaredCommands) });

export function declaredRoutes({ fleet: { views }, notifiedSeq }: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      "/commands/declared",
      {
        config: { action: "device.read" },
        schema: {
          operationId: "listDeclaredCommands",
          summary: "The commands that devices declare in their profiles",
          tags,
          querystring: DeclaredQuery,
          response: { 200: Declared },
          problems: ["view-unavailable"],
        },
      },
      async (request) => {
        const options = { scope: scopeFor(request), ...readerOptions(notifiedSeq()) };
        const ids = request.query.ids.filter((id) => isDeviceId(id));
        const parts = Array.from({ length: Math.ceil(ids.length / DEVICES_AT_ONCE) }, (_, part) =>
          views.query(
            "devices.declared",
            { ids: ids.slice(part * DEVICES_AT_ONCE, (part + 1) * DEVICES_AT_ONCE) },
            options,
          ),
        );
        return { items: merged((await Promise.all(parts)).flat()) };
      },
    );
  };
}

function merged(groups: readonly DeclaredCommands[]): DeclaredCommands[] {
  const found = new Map<string, DeclaredCommands>();
  for (const { commands, devices } of groups) {
    const json = JSON.stringify(commands);
    found.set(json, { commands, devices: [...(found.get(json)?.devices ?? []), ...devices] });
  }
  return [...found.values()];
}
