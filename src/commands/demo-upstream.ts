// The demo's own upstream: answers any name with addresses reserved for documentation, so that no network is needed.

import { createServer, Packet } from 'dns2';
import { TYPE } from '../wire/codes.ts';
import { ALIASES } from './demo-office.ts';

const TTL = 30;
/** RFC 5737 and RFC 3849: nobody has these addresses. */
const NETWORKS = ['192.0.2', '198.51.100', '203.0.113'];
const NETWORK6 = '2001:db8::';
/** RDATA of an HTTPS record: `1 . alpn=h2` (RFC 9460 §2.2, §7.1). dns2 writes types it does not know as they are. */
const SERVICE = Buffer.from([0, 1, 0, 0, 1, 0, 3, 2, 0x68, 0x32]);
const MOST_ALIASES = 4;

type Resource = InstanceType<typeof Packet.Resource>;

export interface DemoUpstream {
  port: number;
  close: () => Promise<void>;
}

/** Listens on a free port of 127.0.0.1, over UDP: only this machine's own resolver asks, and no answer is long. */
export async function startUpstream(): Promise<DemoUpstream> {
  const server = createServer({
    udp: true,
    handle: (request, send) => {
      const response = Packet.createResponseFromRequest(request);
      for (const { name, type } of request.questions) response.answers.push(...answersTo(name, type));
      send(response);
    },
  });
  server.on('error', () => {});
  // A port of 0 goes to the socket as an object: dns2 takes an address with no other port.
  await server.listen({ udp: { port: 0, address: '127.0.0.1' } });
  const { port } = server.addresses().udp!;
  return {
    port,
    close: async () => {
      await server.close();
    },
  };
}

/** The aliases on the way, then what was asked of the last name; nothing for types the demo does not know. */
function answersTo(asked: string, type: number): Resource[] {
  const answers: Resource[] = [];
  let name = asked.toLowerCase();
  for (let left = MOST_ALIASES; left > 0 && Object.hasOwn(ALIASES, name); left--) {
    answers.push(record(name, TYPE.CNAME, { domain: ALIASES[name] }));
    name = ALIASES[name];
  }
  const hash = hashOf(name);
  if (type === TYPE.A) {
    answers.push(record(name, type, { address: `${NETWORKS[hash % NETWORKS.length]}.${1 + ((hash >>> 8) % 254)}` }));
  } else if (type === TYPE.AAAA) {
    answers.push(record(name, type, { address: `${NETWORK6}${(hash & 0xffff).toString(16)}` }));
  } else if (type === TYPE.HTTPS) {
    answers.push(record(name, type, { data: SERVICE }));
  }
  return answers;
}

function record(name: string, type: number, data: object): Resource {
  return Object.assign(new Packet.Resource(name, type, Packet.CLASS.IN, TTL), data);
}

/** FNV-1a: the same address for the same name in every run. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
