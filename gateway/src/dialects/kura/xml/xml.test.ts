import { describe, expect, it } from "vitest";
import { configurationsIn, configurationsXml } from "./configurations.ts";
import { bundlesIn, packagesIn } from "./packages.ts";
import { MAX_XML_BYTES, readXml, XmlFault } from "./read.ts";

const bytes = (xml: string) => Buffer.from(xml);

function faultOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof XmlFault) return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("XML of a device", () => {
  it.each([
    ['<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', /document type/],
    ['<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a>&y;</a>', /document type/],
    ["<a>&x;</a>", /not valid XML/],
    ["<a><b></a>", /not valid XML/],
    ["", /not valid XML/],
    ["<a/><b/>", /not valid XML/],
    [`${"<a>".repeat(17)}${"</a>".repeat(17)}`, /nested more than 16/],
    [`<a>${"<b/>".repeat(50_000)}</a>`, /more than 50000 elements/],
  ])("is refused: %.40s", (xml, message) => {
    expect(faultOf(() => readXml(bytes(xml)))).toMatch(message);
  });

  it("is refused if it is too large or is not UTF-8", () => {
    expect(faultOf(() => readXml(Buffer.alloc(MAX_XML_BYTES + 1, 32)))).toMatch(/more than/);
    expect(faultOf(() => readXml(Buffer.from([0x3c, 0x61, 0xff])))).toMatch(/not UTF-8/);
  });

  it("is read with its entities, and without the prefixes of namespaces", () => {
    const element = readXml(bytes('<?xml version="1.0"?><x:a n="1 &lt; 2"><b>&amp;<![CDATA[<c>]]></b></x:a>'));
    expect(element).toEqual({
      name: "a",
      attributes: { n: "1 < 2" },
      text: "",
      children: [{ name: "b", attributes: {}, children: [], text: "&<c>" }],
    });
  });
});

describe("the configuration of a device", () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<esf:configurations xmlns:esf="http://eurotech.com/esf/2.0" xmlns:ocd="http://www.osgi.org/xmlns/metatype/v1.2.0">
  <esf:configuration pid="org.eclipse.kura.clock.ClockService">
    <ocd:OCD name="ClockService" id="org.eclipse.kura.clock.ClockService" description="The clock">
      <ocd:AD name="enabled" id="enabled" type="Boolean" cardinality="0" required="true" default="true" description="On?"/>
      <ocd:AD name="servers" id="servers" type="String" cardinality="3" required="false">
        <ocd:Option label="None" value="none"/><ocd:Option value="pool"/>
      </ocd:AD>
      <ocd:AD id="port" type="Integer" min="1" max="65535"/>
      <ocd:Icon resource="clock.png" size="32"/>
    </ocd:OCD>
    <esf:properties>
      <esf:property name="enabled" array="false" encrypted="false" type="Boolean"><esf:value>true</esf:value></esf:property>
      <esf:property name="servers" array="true" encrypted="false" type="String"><esf:value>a</esf:value><esf:value>b &amp; c</esf:value></esf:property>
      <esf:property name="port" array="false" encrypted="false" type="Integer"><esf:value>123</esf:value></esf:property>
      <esf:property name="id" array="false" encrypted="false" type="Long"><esf:value>9007199254740993</esf:value></esf:property>
      <esf:property name="password" array="false" encrypted="true" type="Password"><esf:value>c2VjcmV0</esf:value></esf:property>
      <esf:property name="empty" array="false" encrypted="false" type="String"/>
    </esf:properties>
  </esf:configuration>
</esf:configurations>`;

  it("is read with its definition and types, without passwords", () => {
    const read = configurationsIn(bytes(xml));
    expect(read).toEqual([
      {
        pid: "org.eclipse.kura.clock.ClockService",
        name: "ClockService",
        description: "The clock",
        attributes: [
          { id: "enabled", name: "enabled", type: "Boolean", required: true, default: "true", description: "On?" },
          {
            id: "servers",
            name: "servers",
            type: "String",
            cardinality: 3,
            required: false,
            options: [{ label: "None", value: "none" }, { value: "pool" }],
          },
          { id: "port", type: "Integer", min: "1", max: "65535" },
        ],
        properties: [
          { name: "enabled", type: "Boolean", value: true },
          { name: "servers", type: "String", value: ["a", "b & c"] },
          { name: "port", type: "Integer", value: 123 },
          { name: "id", type: "Long", value: "9007199254740993" },
          { name: "password", type: "Password", value: null },
          { name: "empty", type: "String", value: null },
        ],
      },
    ]);
    expect(JSON.stringify(read)).not.toContain("c2VjcmV0");
  });

  it("is written as it is read", () => {
    const properties = [
      { name: 'a "b" <c>', type: "String", value: " x &\ny " },
      { name: "list", type: "Long", value: ["9007199254740993", 1] },
      { name: "on", type: "Boolean", value: false },
    ] as const;
    expect(configurationsIn(bytes(configurationsXml([{ pid: "p", properties }])))).toEqual([{ pid: "p", properties }]);
  });
});

describe("packages and bundles", () => {
  it("are read", () => {
    const xml =
      "<packages><package><name>heater</name><version>1.2.0</version><bundles><bundle><name>core</name><version>1</version></bundle></bundles></package></packages>";
    expect(packagesIn(bytes(xml))).toEqual([
      { name: "heater", version: "1.2.0", bundles: [{ name: "core", version: "1" }] },
    ]);
    const bundles =
      "<bundles><bundle><name>core</name><version>1</version><id>7</id><state>ACTIVE</state></bundle></bundles>";
    expect(bundlesIn(bytes(bundles))).toEqual([{ name: "core", version: "1", id: 7, state: "ACTIVE" }]);
    expect(faultOf(() => packagesIn(bytes(bundles)))).toBe("the XML has bundles where packages is expected");
  });
});
