/** Where the courier may send to, however an address is spelled. */
import { expect, test } from "vitest";
import { isToldLoopback } from "../../../workers/core/courier/loopback.ts";
import { areOpenAddresses } from "../../../workers/core/courier/open-addresses.ts";
import { ADDRESS_FAULTS, readReceiverAddress } from "../../../workers/core/courier/receiver-address.ts";

const POLICY = { http: false, ownHosts: ["go.clicks.example.net"] };

function fault(address: string, policy = POLICY): string | null {
  const read = readReceiverAddress(address, policy);
  return read.ok ? null : read.refusal;
}

test.each([
  "https://trc.taboola.com/actions-handler/log/3/s2s-action",
  "https://example.com",
  "https://EXAMPLE.com.:443/pb",
  "https://a.b.co.uk/pb",
  "https://bücher.de/",
  "https://xn--bcher-kva.de/",
  "https://my_tracker.example.com/",
  "https://something.workers.dev/",
])("allowed: %s", (address) => {
  expect(fault(address)).toBeNull();
});

test.each<[string, keyof typeof ADDRESS_FAULTS]>([
  ["http://example.com/", "not_https"],
  ["ftp://example.com/", "not_an_address"],
  ["javascript:alert(1)", "not_an_address"],
  ["data:text/plain,x", "not_an_address"],
  ["example.com/pb", "not_an_address"],
  ["https://", "not_an_address"],
  ["https://user@example.com/", "user_info"],
  ["https://:pw@example.com/", "user_info"],
  ["https://example.com:8443/", "port"],
  ["https://example.com:80/", "port"],
  ["https://127.0.0.1/", "literal_address"],
  ["https://8.8.8.8/", "literal_address"],
  ["https://127.1/", "literal_address"],
  ["https://2130706433/", "literal_address"],
  ["https://0x7f000001/", "literal_address"],
  ["https://0x7f.0.0.1/", "literal_address"],
  ["https://0177.0.0.1/", "literal_address"],
  ["https://017700000001/", "literal_address"],
  ["https://127.0.0.1./", "literal_address"],
  ["https://0/", "literal_address"],
  ["https://[::1]/", "literal_address"],
  ["https://[2606:4700::1111]/", "literal_address"],
  ["https://[::ffff:127.0.0.1]/", "literal_address"],
  ["https://[::ffff:7f00:1]/", "literal_address"],
  ["https://[64:ff9b::7f00:1]/", "literal_address"],
  ["https://①②⑦.⓪.⓪.①/", "literal_address"],
  ["https://127。0。0。1/", "literal_address"],
  ["https://１２７.0.0.1/", "literal_address"],
  ["https://%31%32%37.0.0.1/", "literal_address"],
  ["https://localhost/", "not_public"],
  ["https://localhost./", "not_public"],
  ["https://LOCALHOST/", "not_public"],
  ["https://ⓛocalhost/", "not_public"],
  ["https://a.localhost/", "not_public"],
  ["https://printer.local/", "not_public"],
  ["https://metadata.google.internal/", "not_public"],
  ["https://box.home.arpa/", "not_public"],
  ["https://1.0.0.127.in-addr.arpa/", "not_public"],
  ["https://hidden.onion/", "not_public"],
  ["https://a.test/", "not_public"],
  ["https://a.example/", "not_public"],
  ["https://router/", "not_public"],
  ["https://com/", "not_public"],
  ["https://co.uk/", "not_public"],
  ["https://host.nosuchsuffix/", "not_public"],
  ["https://a..com/", "not_public"],
  ["https://go.clicks.example.net/c/x", "own_host"],
  ["https://GO.clicks.example.net./c/x", "own_host"],
])("refused: %s as %s", (address, reason) => {
  expect(fault(address)).toBe(reason);
  expect(ADDRESS_FAULTS[reason]).toMatch(/\.$/);
});

test("plain postbacks may go by http, on its usual port", () => {
  const policy = { ...POLICY, http: true };
  expect(fault("http://ad.propellerads.com/conversion.php", policy)).toBeNull();
  expect(fault("http://example.com:80/", policy)).toBeNull();
  expect(fault("http://example.com:443/", policy)).toBe("port");
  expect(fault("http://10.0.0.1/", policy)).toBe("literal_address");
});

test.each<[string[], boolean]>([
  [["93.184.215.14"], true],
  [["2606:4700::1111"], true],
  [["93.184.215.14", "2606:4700::1111"], true],
  [[], false],
  [["93.184.215.14", "10.0.0.1"], false],
  [["127.0.0.1"], false],
  [["0.0.0.0"], false],
  [["169.254.169.254"], false],
  [["172.16.0.1"], false],
  [["192.168.1.1"], false],
  [["100.64.0.1"], false],
  [["198.18.0.1"], false],
  [["224.0.0.1"], false],
  [["255.255.255.255"], false],
  [["::1"], false],
  [["::"], false],
  [["fc00::1"], false],
  [["fe80::1"], false],
  [["ff02::1"], false],
  [["::ffff:10.0.0.1"], false],
  [["::ffff:93.184.215.14"], true],
  [["64:ff9b::a00:1"], false],
  [["2002:a00:1::"], false],
  [["2001:db8::1"], false],
  [["not an address"], false],
])("a name that leads to %j is open: %s", (addresses, open) => {
  expect(areOpenAddresses(addresses)).toBe(open);
});

test.each([
  ["http://localhost:8790/pb", "8790,8791", true],
  ["http://127.0.0.1:8791/pb?x={payout}", "8790,8791", true],
  ["http://[::1]:8790/", "8790,8791", true],
  ["http://localhost:8792/", "8790,8791", false],
  ["https://localhost:8790/", "8790,8791", false],
  ["http://localhost/", "8790,8791", false],
  ["http://localhost/", "", false],
  ["http://localhost:80/", "", false],
  ["http://127.0.0.1:8790/", "", false],
  ["http://localhost/", "any", true],
  ["http://localhost:8790@tracker.example.com/", "any", false],
  ["http://127.0.0.2:8790/", "any", false],
])("on one machine %s may be told with the ports %j: %s", (url, ports, isTold) => {
  expect(isToldLoopback(url, ports)).toBe(isTold);
});
