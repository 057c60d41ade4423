/** The European Central Bank's file of rates, read. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isDay } from "../../../workers/core/instant.ts";
import { readEcbRates } from "../../../workers/core/rates/ecb-xml.ts";

const daily = `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<Cube>
		<Cube time='2026-11-27'>
			<Cube currency='USD' rate='1.0853'/>
			<Cube currency='JPY' rate='162.410'/>
		</Cube>
	</Cube>
</gesmes:Envelope>`;
const USD = { currency: "USD", day: "2026-11-27", perEuro: "1.0853" };
const JPY = { currency: "JPY", day: "2026-11-27", perEuro: "162.41" };

test.each([
  ["a day", daily, [USD, JPY]],
  ["in double quotes, on one line", daily.replaceAll("'", '"').replaceAll(/\s*\n\s*/g, ""), [USD, JPY]],
  [
    "several days",
    `<Cube><Cube time="2026-11-27"><Cube currency="USD" rate="1.0853"/></Cube><Cube time="2026-11-26"><Cube rate="1.09" currency="USD"/></Cube></Cube>`,
    [USD, { ...USD, day: "2026-11-26", perEuro: "1.09" }],
  ],
  ["under a prefix", `<x:Cube time="2026-11-27"><x:Cube currency="USD" rate="1.0853"></x:Cube></x:Cube>`, [USD]],
])("reads %s", (_, xml, rates) => expect(readEcbRates(xml)).toEqual({ ok: true, value: rates }));

test.each([
  ["nothing", "", "no_rates"],
  ["another page", "<html><body>Not found</body></html>", "no_rates"],
  ["a day that there is not", daily.replace("2026-11-27", "2026-11-31"), "bad_day"],
  ["a rate before any day", '<Cube><Cube currency="USD" rate="1"/></Cube>', "bad_day"],
  ["a rate of nothing", daily.replace("1.0853", "0"), "bad_rate"],
  ["a rate with a comma", daily.replace("1.0853", "1,0853"), "bad_rate"],
  ["a currency that is none", daily.replace("USD", "usd"), "bad_rate"],
  ["a rate without a currency", daily.replace("currency='USD' ", ""), "bad_rate"],
])("refuses %s", (_, xml, refusal) => expect(readEcbRates(xml)).toEqual({ ok: false, refusal }));

test("the sample has five days", () => {
  const read = readEcbRates(readFileSync("scripts/rates/sample.xml", "utf8"));
  if (!read.ok) throw new Error(read.refusal);
  expect(new Set(read.value.map(({ day }) => day)).size).toBe(5);
  expect(read.value.every(({ day }) => isDay(day))).toBe(true);
});
