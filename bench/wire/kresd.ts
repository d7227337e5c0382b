/** Knot Resolver: one process, no validation, its modules for the public internet unloaded. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Peer, type Place, packaged } from './place.ts';

/** STUB forwards without validating, and caches. Rules come first, as policy does in Sluis. */
export function kresdConfiguration(place: Place): string {
  return `
net.listen('127.0.0.1', ${place.port}, { kind = 'dns' })
net.ipv6 = false
net.tcp_pipeline(1000)
for _, name in ipairs({'ta_update', 'ta_signal_query', 'priming', 'detect_time_skew', 'detect_time_jump'}) do
  modules.unload(name)
end
trust_anchors.remove('.')
cache.open(512 * MB, 'lmdb://${join(place.directory, 'cache')}')
local blocked = {}
for name in io.lines(${JSON.stringify(place.rulesFile)}) do table.insert(blocked, todname(name)) end
policy.add(policy.suffix(policy.DENY, blocked))
policy.add(policy.all(policy.STUB('127.0.0.1@${place.stubPort}')))
`;
}

export const kresd: Peer = {
  name: 'kresd',
  ...packaged('knot-resolver', 'kresd', '--version'),
  prepare: ({ path }, place) => {
    const file = join(place.directory, 'kresd.conf');
    writeFileSync(file, kresdConfiguration(place));
    return [path, '--noninteractive', '--config', file, place.directory];
  },
};
