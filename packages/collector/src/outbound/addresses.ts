/**
 * Which addresses belong to this machine, its network or nobody: outbound requests must not reach them.
 *
 * From the IANA special-purpose registries of IPv4 and IPv6 (RFC 6890 and its updates).
 */
import { BlockList, isIP } from "node:net";

const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10], // Carrier-grade NAT; also where some clouds keep their metadata.
  ["127.0.0.0", 8],
  ["169.254.0.0", 16], // Link-local; 169.254.169.254 hands out the machine's credentials in most clouds.
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  PRIVATE.addSubnet(network, bits, "ipv4");
}
for (const [network, bits] of [
  ["::", 128],
  ["::1", 128],
  ["64:ff9b::", 96], // NAT64: reaches IPv4 addresses by another name.
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16], // 6to4: carries an IPv4 address inside.
  ["3fff::", 20],
  ["5f00::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const) {
  PRIVATE.addSubnet(network, bits, "ipv6");
}

/** True for an address that is not a public unicast one, and for text that is no address at all. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, "");
  const family = isIP(plain);
  if (family === 0) return true;
  // An IPv4 address in IPv6 (::ffff:127.0.0.1) is checked against the IPv4 networks by BlockList itself.
  return PRIVATE.check(plain, family === 4 ? "ipv4" : "ipv6");
}
