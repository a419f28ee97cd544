import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FoundUpdate, UpdatesResource } from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../../../http/access/authorize.ts";
import type { DialectHttpContext } from "../../../http/context.ts";
import { READER } from "../../../http/input/reader-options.ts";
import { allDevices } from "../../all-devices.ts";
import { NAME } from "../name.ts";

const Query = Type.Object({ clientid: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })) });
const PAGE = 200;

/** `/api/device/checkUpdate`: what the newest scan of each device has found. It starts no scan. */
export function updateCalls({ fleet }: DialectHttpContext): FastifyPluginAsyncTypebox {
  const { views } = fleet;
  return async (app) => {
    app.get(
      "/device/checkUpdate",
      { config: { action: "update.read" }, schema: { querystring: Query } },
      async (request) => {
        const { clientid } = request.query;
        const options = { scope: scopeFor(request), ...READER };
        const devices = await allDevices(views, { dialect: NAME }, options);
        const asked = new Set(devices.map(({ id }) => id).filter((id) => clientid === undefined || clientid === id));
        const found: object[] = [];
        for (let cursor: string | undefined; asked.size > 0; ) {
          const only = { ...(clientid !== undefined && { device: clientid }), ...(cursor !== undefined && { cursor }) };
          const { items, next } = await views.query("updates.list", { ...only, limit: PAGE }, options);
          found.push(...items.filter(({ device }) => asked.has(device)).map(asTold));
          if (next === null) break;
          cursor = next;
        }
        return found;
      },
    );
  };
}

function asTold({ device, model, state, updates, failures, lookedAt }: UpdatesResource) {
  const of = (category: FoundUpdate["category"]) => updates.filter((one) => one.category === category).map(packageOf);
  return {
    clientid: device,
    modelName: model,
    state,
    checkedAt: lookedAt,
    mil: of("firmware"),
    tpe: of("software"),
    errors: failures.map(({ catalogue, reason }) => ({ catalogue, message: reason })),
  };
}

function packageOf({ package: name, title, state, current, available, newest, needs, size, url }: FoundUpdate) {
  const [need] = needs ?? [];
  return {
    packageName: name,
    displayName: title,
    state,
    currentVersion: current,
    version: available ?? newest,
    size,
    yamlUrl: url,
    ...(need !== undefined && { dependency: { minFirmwareVersion: need.version } }),
  };
}
