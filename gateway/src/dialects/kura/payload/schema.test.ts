import { type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { Metric_TypeSchema, MetricSchema, PayloadSchema, PositionSchema } from "./payload_pb.ts";

/** Numbers, types and labels as Eclipse Kura publishes them (kurapayload.proto of its MQTT providers, package kuradatatypes). */
const PUBLISHED = {
  payload: ["1 optional int64", "2 optional message", "5000 repeated message", "5001 optional bytes"],
  metric: [
    "1 required string",
    "2 required enum",
    "3 optional double",
    "4 optional float",
    "5 optional int64",
    "6 optional int32",
    "7 optional bool",
    "8 optional string",
    "9 optional bytes",
  ],
  position: [
    "1 required double",
    "2 required double",
    "3 optional double",
    "4 optional double",
    "5 optional double",
    "6 optional double",
    "7 optional int64",
    "8 optional int32",
    "9 optional int32",
  ],
  types: ["0 DOUBLE", "1 FLOAT", "2 INT64", "3 INT32", "4 BOOL", "5 STRING", "6 BYTES"],
};

const fieldsOf = ({ fields }: DescMessage) =>
  fields.map(({ number, scalar, fieldKind, proto, enum: values }) => {
    const type = scalar === undefined ? (values === undefined ? "message" : "enum") : ScalarType[scalar].toLowerCase();
    const label = fieldKind === "list" ? "repeated" : proto.label === 2 ? "required" : "optional";
    return `${number} ${label} ${type}`;
  });

it("the codec's schema has the numbers, types and labels of the published schema", () => {
  expect(fieldsOf(PayloadSchema)).toEqual(PUBLISHED.payload);
  expect(fieldsOf(MetricSchema)).toEqual(PUBLISHED.metric);
  expect(fieldsOf(PositionSchema)).toEqual(PUBLISHED.position);
  expect(Metric_TypeSchema.values.map(({ number, name }) => `${number} ${name}`)).toEqual(PUBLISHED.types);
});
