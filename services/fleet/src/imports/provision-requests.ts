import { FleetError, invalid } from "@fleetlog/domain";
import { newActivationKey } from "@fleetlog/identity";
import { CreateProvisionRequestBody, checker } from "@fleetlog/protocol";
import type { CreatedRow, ImportRow, SecretOf, Template } from "../dependencies/imports/record.ts";
import { type CreateProvisionRequest, checkProvisionRequest, createProvisionRequest } from "../provisioning/create.ts";
import type { Creation, RowKind, Surroundings } from "./row-kind.ts";
import { filled, pathIn } from "./template.ts";

const check = checker(CreateProvisionRequestBody);
const { account: _, device: deviceSchema, ...others } = CreateProvisionRequestBody.properties;
const COLUMNS: ReadonlySet<string> = new Set([...Object.keys(others), "device"]);
const OF_DEVICE: ReadonlySet<string | number> = new Set(Object.keys(deviceSchema.properties));

/** @throws FleetError `invalid-request` for a field that no provision request has */
export function mustBeTemplate(template: Template): void {
  const unknown = Object.keys(template).find((name) => !COLUMNS.has(name));
  if (unknown !== undefined)
    throw invalid("template", `provision requests have no ${JSON.stringify(unknown).slice(0, 80)}`);
}

export const provisionRequests: RowKind = {
  named: "clientId",
  countsDevices: false,
  mustBeColumn(column) {
    const [first, second] = pathIn(column) ?? [];
    const isKnown = COLUMNS.has(String(first)) && (first !== "device" || second === undefined || OF_DEVICE.has(second));
    if (isKnown) return;
    throw new FleetError(
      "invalid-request",
      `provision requests have no column ${JSON.stringify(column).slice(0, 80)}`,
      {
        field: "rows",
        advice:
          "Columns are paths in a body of POST /api/provision-requests, such as clientId, device.tags or configuration.interval.",
      },
    );
  },
  async check(around, row) {
    const request = requestIn(around, row);
    await checkProvisionRequest(around.fleet, around.caller, request, around.now);
    const { clientId, userName } = request;
    const repeated = new FleetError(
      "provision-request-exists",
      `an earlier row has the client id ${clientId} and this user name`,
      { field: "clientId" },
    );
    return { id: clientId, key: JSON.stringify([clientId, userName]), repeated };
  },
  create,
  credentialsOf({ row, id, clientId = "", userName = "", made = [] }, secretOf) {
    const { password, activationKey } = secretsOf(row, secretOf);
    return {
      row,
      id,
      clientId,
      userName,
      ...(made.includes("password") && { password }),
      ...(made.includes("activationKey") && { activationKey }),
    };
  },
};

/** Creates the row's request. A repetition makes the same id and secrets. */
async function create(around: Creation, row: ImportRow): Promise<CreatedRow> {
  const request = requestIn(around, row);
  const { clientId, userName, generateActivationKey, password: own } = request;
  const secrets = secretsOf(row.row, around.secretOf);
  const given = { ...secrets, id: `${around.import}-${row.row}`, ...(own !== undefined && { password: own }) };
  const { id } = await createProvisionRequest(around.fleet, around.caller, request, around.now, given);
  const made = [
    ...(own === undefined ? (["password"] as const) : []),
    ...(generateActivationKey === true ? (["activationKey"] as const) : []),
  ];
  return { row: row.row, id, clientId, userName, made };
}

/** @throws FleetError `invalid-request` naming the path */
function requestIn({ account, template }: Surroundings, { values }: ImportRow): CreateProvisionRequest {
  const checked = check({ device: {}, ...filled(template, values) });
  if (!checked.ok) throw new FleetError("invalid-request", checked.message, { field: checked.field });
  return { ...checked.value, account } as CreateProvisionRequest;
}

function secretsOf(row: number, secretOf: SecretOf): { readonly password: string; readonly activationKey: string } {
  return {
    password: secretOf(`row ${row} password`).subarray(0, 18).toString("base64url"),
    activationKey: newActivationKey((round) => secretOf(`row ${row} activation key ${round}`)),
  };
}
