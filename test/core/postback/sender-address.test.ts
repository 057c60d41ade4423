/** Address ranges: IPv4, IPv6, and IPv4 written as IPv6. */
import { describe, expect, it } from "vitest";
import { isInRanges, readRange } from "../../../workers/core/postback/sender-address.ts";

function isIn(address: string | null, ...ranges: string[]): boolean {
  return isInRanges(
    ranges.map(readRange).filter((range) => range !== null),
    address,
  );
}

describe("an address", () => {
  it.each([
    ["192.0.2.1", "192.0.2.0/24"],
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.1", "192.0.2.77/24"],
    ["203.0.113.9", "0.0.0.0/0"],
    ["2001:db8::1", "2001:db8::/32"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["::1", "::/0"],
    ["::ffff:192.0.2.1", "192.0.2.0/24"],
    ["::ffff:c000:201", "192.0.2.0/24"],
    ["192.0.2.1", "::ffff:192.0.2.0/120"],
    ["10.1.2.3", "::ffff:10.0.0.0/104"],
  ])("%s is in %s", (address, range) => {
    expect(isIn(address, range)).toBe(true);
    expect(isIn(address, "198.51.100.0/24", range)).toBe(true);
  });

  it.each([
    [null, "0.0.0.0/0"],
    ["", "0.0.0.0/0"],
    ["192.0.3.1", "192.0.2.0/24"],
    ["192.0.2.2", "192.0.2.1"],
    ["2001:db9::1", "2001:db8::/32"],
    ["192.0.2.1", "::/0"],
    ["::1", "0.0.0.0/0"],
    ["192.0.2.1, 10.0.0.1", "192.0.2.0/24"],
    ["192.0.2.1:443", "192.0.2.0/24"],
    ["192.0.2", "192.0.0.0/16"],
    ["3221225985", "192.0.2.0/24"],
    ["0300.0.2.1", "192.0.2.0/24"],
    ["0xc0.0.2.1", "192.0.2.0/24"],
    ["fe80::1%eth0", "fe80::/10"],
    ["１９２.0.2.1", "192.0.2.0/24"],
  ])("%j is not in %s", (address, range) => {
    expect(isIn(address, range)).toBe(false);
  });
});

describe("a range", () => {
  it.each([
    ...[
      "",
      "/",
      "192.0.2.0/33",
      "192.0.2.0/-1",
      "192.0.2.0/",
      "192.0.2.0/24/8",
      "192.0.2.0/ 24",
      "192.0.2/24",
      "192.0.2.256",
    ],
    ...[
      "010.0.0.0/8",
      "0x0a.0.0.0/8",
      "2001:db8::/129",
      "2001:db8::/1e1",
      "fe80::1%eth0/64",
      "::ffff:10.0.0.0/95",
      "shop.example",
      "*",
    ],
  ])("%j is none", (text) => {
    expect(readRange(text)).toBeNull();
  });
});
