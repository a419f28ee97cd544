import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError } from "@fleetlog/domain";
import type { FoundUpdate, UpdatesResource } from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../../../http/access/authorize.ts";
import type { DialectHttpContext } from "../../../http/context.ts";
import { READER } from "../../../http/input/reader-options.ts";
import { allDevices } from "../../all-devices.ts";
import { NAME } from "../name.ts";
import { clientIdOf, findDevice } from "./find-device.ts";

const Query = Type.Object({ clientid: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })) });
const PAGE = 200;

type Category = FoundUpdate["category"];
/** TPEDM's names of the categories. */
const NAMES: Readonly<Record<Category, string>> = { firmware: "mil", software: "tpe" };

/** `/api/device/checkUpdate`: what the newest scan of each device has found. The call starts no scan. */
export function updateCalls(context: DialectHttpContext): FastifyPluginAsyncTypebox {
  const { views } = context.fleet;
  return async (app) => {
    app.get(
      "/device/checkUpdate",
      { config: { action: "update.read" }, schema: { querystring: Query } },
      async (request) => {
        const { clientid } = request.query;
        const options = { scope: scopeFor(request), ...READER };
        const devices =
          clientid === undefined
            ? await allDevices(views, { dialect: NAME }, options)
            : await findDevice(context, request, clientid).then((found) => [found], noneIfUnknown);
        const clientIds = new Map(devices.map((device) => [device.id, clientIdOf(device)]));
        const found: object[] = [];
        const [device] = clientid === undefined ? [] : devices;
        for (let cursor: string | undefined; devices.length > 0; ) {
          const only = { ...(device !== undefined && { device: device.id }), ...(cursor !== undefined && { cursor }) };
          const { items, next } = await views.query("updates.list", { ...only, limit: PAGE }, options);
          for (const item of items) {
            const of = clientIds.get(item.device);
            if (of !== undefined) found.push(asTold(of, item));
          }
          if (next === null) break;
          cursor = next;
        }
        return found;
      },
    );
  };
}

function noneIfUnknown(error: unknown): [] {
  if (error instanceof FleetError && error.code === "device-unknown") return [];
  throw error;
}

function asTold(clientid: string, { model, state, updates, failures, lookedAt }: UpdatesResource) {
  const of = (category: Category) => updates.filter((one) => one.category === category).map(packageOf);
  return {
    clientid,
    modelName: model,
    state,
    checkedAt: lookedAt,
    mil: of("firmware"),
    tpe: of("software"),
    errors: failures.map(({ catalogue, category, reason }) => ({
      catalogue,
      category: category && NAMES[category],
      message: reason,
    })),
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
