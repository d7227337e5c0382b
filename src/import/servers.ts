// Servers, sockets and clients as other tools write them, read into what Sluis takes, or into why it does not.

import { type Endpoint, endpointText, readAddress, readEndpoint, readPrefix } from '../settings/address.ts';
import { isTrouble, type Trouble } from '../settings/problems.ts';
import { isWithin } from '../settings/ranges.ts';

export interface Server {
  text: string;
  endpoint: Endpoint;
  /** The tool asked it over TCP alone; Sluis asks over UDP first. */
  isTcp: boolean;
}

const ENCRYPTED = /^(?:tls|https|quic|h3|sdns|tcp-tls):/i;
const ENCRYPTED_FIX = 'name a plain address in "upstreams", such as that of a stub on this machine that encrypts';

/** `192.0.2.1`, `192.0.2.1:53`, `192.0.2.1#53` (dnsmasq), `tcp://192.0.2.1` (AdGuard Home), `tcp+udp:192.0.2.1` (Blocky). */
export function readServer(given: string): Server | Trouble {
  const text = given.trim();
  if (ENCRYPTED.test(text)) {
    return { message: 'an encrypted upstream: this version of Sluis asks over UDP and TCP alone', fix: ENCRYPTED_FIX };
  }
  const [, scheme = ''] = /^(tcp\+udp|tcp|udp):/i.exec(text) ?? [];
  const bare =
    scheme === ''
      ? text
      : text
          .slice(scheme.length + 1)
          .replace(/^\/\//, '')
          .replace(/\/$/, '');
  const endpoint = readEndpoint(withColon(bare), 53);
  if (isTrouble(endpoint)) {
    const fix = 'name the server by its address: names of servers cannot be resolved before there is a resolver';
    return { message: 'no address of a server', fix };
  }
  return { text: serverText(endpoint), endpoint, isTcp: scheme.toLowerCase() === 'tcp' };
}

/** The port behind `#`, as dnsmasq has it. */
function withColon(text: string): string {
  const [, host, port] = /^(.+)#(\d+)$/.exec(text) ?? [];
  if (host === undefined) return text;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function serverText(endpoint: Endpoint): string {
  if (endpoint.port !== 53) return endpointText(endpoint);
  return endpoint.scope ? `${endpoint.text}%${endpoint.scope}` : endpoint.text;
}

/** A socket of ours; without an address it is all of this machine, of both families. */
export function readSockets(given: string, port = 53): string[] | Trouble {
  const text = given.trim();
  const [, alone] = /^:?(\d{1,5})$/.exec(text) ?? [];
  if (alone !== undefined && Number(alone) <= 65535) return [`0.0.0.0:${alone}`, `[::]:${alone}`];
  const endpoint = readEndpoint(text, port);
  return isTrouble(endpoint) ? endpoint : [endpointText(endpoint)];
}

/** The prefix of clients, or one client. Bits of the host are passed over, as other tools do. */
export function clientPrefix(text: string): string | Trouble {
  const [host, size] = text.trim().split('/');
  const address = readAddress(host);
  const widest = address?.family === 4 ? 32 : 128;
  const length = size === undefined ? widest : /^\d{1,3}$/.test(size) ? Number(size) : -1;
  if (!address || text.split('/').length > 2 || length < 0 || length > widest) {
    return { message: `${text} is no address of a client`, fix: 'name it by its address, or by that of its network' };
  }
  const octets = address.octets.map((octet, at) => {
    const bits = Math.min(8, Math.max(0, length - at * 8));
    return octet & (0xff00 >> bits) & 0xff;
  });
  const prefix = readPrefix(`${octetsText(octets)}/${length}`);
  return isTrouble(prefix) ? prefix : prefix.text.replace(new RegExp(`/${widest}$`), '');
}

/** Whether the prefix `outer` holds the client or prefix `inner`. */
export function holds(outer: string, inner: string): boolean {
  const [wide, narrow] = [outer, inner].map((text) => {
    const prefix = clientPrefix(text);
    return isTrouble(prefix) ? prefix : readPrefix(prefix);
  });
  return !isTrouble(wide) && !isTrouble(narrow) && isWithin(narrow, wide);
}

function octetsText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  return Array.from({ length: 8 }, (_, at) => ((octets[at * 2] << 8) | octets[at * 2 + 1]).toString(16)).join(':');
}

/** The zones of reverse lookups of a prefix; several where it ends within an octet, or within four bits of IPv6. */
export function reverseZones(text: string): string[] | Trouble {
  const canonical = clientPrefix(text);
  if (isTrouble(canonical)) return canonical;
  const [host, size] = canonical.split('/');
  const { family, octets } = readAddress(host)!;
  const length = size === undefined ? octets.length * 8 : Number(size);
  if (length === 0) return { message: `${text} is every address`, fix: 'name a network of your own' };
  const [step, base] = family === 4 ? [8, 10] : [4, 16];
  const digits = family === 4 ? [...octets] : [...octets].flatMap((octet) => [octet >> 4, octet & 15]);
  const count = Math.ceil(length / step);
  const spread = 2 ** (count * step - length);
  const top = family === 4 ? 'in-addr.arpa' : 'ip6.arpa';
  return Array.from({ length: spread }, (_, at) => {
    const labels = [...digits.slice(0, count - 1), digits[count - 1] + at].map((digit) => digit.toString(base));
    return `${labels.reverse().join('.')}.${top}`;
  });
}

/** Networks that are nobody's on the Internet, for reverse lookups (RFC 6303 §4). */
export const PRIVATE_NETWORKS: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fd00::/8',
  'fe80::/10',
];

/** Clients of networks that are no part of the Internet: this machine, and those around it. */
export const LOCAL_CLIENTS: readonly string[] = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1',
  'fc00::/7',
  'fe80::/10',
];

/** What can name a client, other than its address. */
export function clientKind(text: string): 'mac' | 'name' | 'interface' | 'address' {
  if (/^(?:[0-9a-f]{2}[:-]){5}(?:[0-9a-f]{2}[:-]?)*[0-9a-f]{2}$/i.test(text)) return 'mac';
  if (text.startsWith(':') && !text.startsWith('::')) return 'interface';
  return isTrouble(clientPrefix(text)) ? 'name' : 'address';
}

/** Why such a client is in no group, and what to do. */
export const CLIENT_TROUBLE: Record<'mac' | 'name' | 'interface', Trouble> = {
  mac: {
    message: 'a client by its MAC: Sluis sees it only where a forwarder says it',
    fix: 'write it into a registry of devices, with a forwarder that names it (docs/groups.md), or give it a fixed address',
  },
  name: {
    message: 'a client by a name or id, which Sluis does not know',
    fix: 'give it a fixed address and name that in the group, or write it into a registry of devices (docs/groups.md)',
  },
  interface: {
    message: 'clients by the interface of the server they come through',
    fix: 'name the network of that interface as subnets of a group, or a socket of it as listeners',
  },
};
