/** Twenty thousand prefixes in two dozen groups: a large organisation's address plan, as far as loopback can play it. */
import { type Random, seededRandom } from '../random.ts';

export const GROUPS = 24;
export const PREFIXES = 20_000;

/** Half of the prefixes lie where the clients are, the others where an organisation has its networks. */
const CLIENTS_LENGTHS = [16, 20, 22, 24, 26, 28, 30, 32];
const OTHER_LENGTHS = [16, 20, 22, 24, 24, 24, 26, 28];
const IPV6_LENGTHS = [40, 44, 48, 48, 56, 60, 64];

const pick = <T>(of: readonly T[], random: Random): T => of[random() % of.length]!;

function ipv4(firstOctet: number, length: number, random: Random): string {
  const address = ((firstOctet << 24) | (random() & 0xffffff)) & (-1 << (32 - length));
  return `${[24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')}/${length}`;
}

function ipv6(random: Random): string {
  const length = pick(IPV6_LENGTHS, random);
  const keep = (bits: number) => (bits <= 0 ? 0 : (0xffff << (16 - Math.min(bits, 16))) & 0xffff);
  const third = random() & keep(length - 32);
  const fourth = random() & keep(length - 48);
  return `2001:db8:${third.toString(16)}:${fourth.toString(16)}::/${length}`;
}

/**
 * The subnets of every group, distinct, of mixed lengths, the same in every run. Whoever asks from 127.0.0.0/8 belongs
 * to some group; every second prefix is near `clients`, so that they are spread over all groups and lengths.
 */
export function subnetsOfGroups(clients: readonly string[]): string[][] {
  const random = seededRandom(24);
  const all = new Set(['127.0.0.0/8']);
  while (all.size < PREFIXES) {
    const kind = random() % 4;
    if (kind < 2 && clients.length > 0) {
      const length = pick(CLIENTS_LENGTHS, random);
      const octets = pick(clients, random).split('.').map(Number) as [number, number, number, number];
      const address = (octets[0] << 24) | (octets[1] << 16) | (octets[2] << 8) | octets[3];
      // Within 4,096 addresses of a client: nested around it, or beside it.
      const near = (address ^ (random() & 0xfff)) & (-1 << (32 - length));
      all.add(`${[24, 16, 8, 0].map((shift) => (near >>> shift) & 0xff).join('.')}/${length}`);
    } else if (kind === 2) all.add(ipv4(10, pick(OTHER_LENGTHS, random), random));
    else all.add(ipv6(random));
  }
  const groups: string[][] = Array.from({ length: GROUPS }, () => []);
  [...all].forEach((subnet, index) => {
    groups[index % GROUPS]!.push(subnet);
  });
  return groups;
}
