/** dnsdist twice: with the defaults Debian ships, and tuned. Both with a rule before a packet cache. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Peer, type Place, packaged } from './place.ts';

/** The cache holds every name of a run; the rule comes before it, as policy does in Sluis. */
function common(place: Place): string {
  return `
setSecurityPollSuffix("")
setACL({"127.0.0.0/8"})
getPool(""):setCache(newPacketCache(2000000))
local blocked = newSuffixMatchNode()
for name in io.lines(${JSON.stringify(place.rulesFile)}) do blocked:add(newDNSName(name)) end
addAction(SuffixMatchNodeRule(blocked), RCodeAction(DNSRCode.NXDOMAIN))
`;
}

export function dnsdistConfiguration(place: Place): string {
  return `
setLocal("127.0.0.1:${place.port}")
newServer({address="127.0.0.1:${place.stubPort}"}):setUp()
${common(place)}`;
}

/**
 * Batched receiving saves it a tenth. With one upstream socket it loses a few queries of each run to that socket's
 * small buffer. Over TCP, answers out of order and one thread: the others have no more.
 */
export function dnsdistBatchedConfiguration(place: Place): string {
  return `
setLocal("127.0.0.1:${place.port}", {maxInFlight=1000})
setUDPMultipleMessagesVectorSize(64)
setUDPSocketBufferSizes(4194304, 4194304)
setMaxTCPClientThreads(1)
newServer({address="127.0.0.1:${place.stubPort}", sockets=4}):setUp()
${common(place)}`;
}

function configured(name: string, configuration: (place: Place) => string): Peer {
  return {
    name,
    ...packaged('dnsdist', 'dnsdist', '--version'),
    prepare: ({ path }, place) => {
      const file = join(place.directory, 'dnsdist.conf');
      writeFileSync(file, configuration(place));
      return [path, '--supervised', '--disable-syslog', '-C', file];
    },
  };
}

export const dnsdist = configured('dnsdist', dnsdistConfiguration);
export const dnsdistBatched = configured('dnsdist-batched', dnsdistBatchedConfiguration);
