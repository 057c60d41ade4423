/** Where names lead, by a resolver that answers as the test says. */
import { expect, test } from "vitest";
import { type Leads, lookUpName } from "../../../workers/core/courier/name-lookup.ts";

const RESOLVER = "https://resolver.example.com/dns-query";

interface Zone {
  A?: string[];
  AAAA?: string[];
  status?: number;
  /** What comes instead of an answer. */
  broken?: "throws" | "text" | "one";
}

function resolverOf({ A = [], AAAA = [], status = 0, broken }: Zone): typeof fetch {
  return async (asked) => {
    const { searchParams } = new URL(String(asked));
    const type = searchParams.get("type") ?? "";
    if (broken === "throws" || (broken === "one" && type === "AAAA")) throw new Error("no way there");
    if (broken === "text") return new Response("<html>");
    const records = type === "A" ? A.map((data) => ({ type: 1, data })) : AAAA.map((data) => ({ type: 28, data }));
    const chain = { name: searchParams.get("name"), type: 5, data: "other.example.com." };
    return Response.json({ Status: status, Answer: [chain, ...records] });
  };
}

test.each<[string, Zone, Leads]>([
  ["to the open internet", { A: ["93.184.215.14"], AAAA: ["2606:4700::1111"] }, "open"],
  ["by IPv4 alone", { A: ["93.184.215.14"] }, "open"],
  ["by IPv6 alone", { AAAA: ["2606:4700::1111"] }, "open"],
  ["home, among others", { A: ["93.184.215.14", "10.0.0.1"] }, "closed"],
  ["home by IPv6 alone", { A: ["93.184.215.14"], AAAA: ["fd00::1"] }, "closed"],
  ["to a host's own metadata", { A: ["169.254.169.254"] }, "closed"],
  ["home, and half could not be asked", { A: ["127.0.0.1"], broken: "one" }, "closed"],
  ["to no address", {}, "nowhere"],
  ["to no name", { status: 3 }, "nowhere"],
  ["somewhere that the resolver did not find out", { status: 2 }, "unknown"],
  ["somewhere, half of which could not be asked", { A: ["93.184.215.14"], broken: "one" }, "unknown"],
  ["somewhere, with the resolver away", { broken: "throws" }, "unknown"],
  ["somewhere, with an answer of another form", { broken: "text" }, "unknown"],
])("a name leads %s", async (_, zone, leads) => {
  expect(await lookUpName(resolverOf(zone), RESOLVER, "tracker.example.com")).toBe(leads);
});

test("without a resolver nobody is asked", async () => {
  const nobody = () => Promise.reject(new Error("asked"));
  expect(await lookUpName(nobody, "", "tracker.example.com")).toBe("unknown");
});
