/** The servers that are compared, in the order they are reported. A new one is a file of its own and a line here. */
import { bind } from './bind.ts';
import { dnsdist, dnsdistBatched } from './dnsdist.ts';
import { dnsmasq } from './dnsmasq.ts';
import { floor } from './floor.ts';
import { kresd } from './kresd.ts';
import type { Peer } from './place.ts';
import { recursor } from './recursor.ts';
import { sluis, sluisManyGroups, sluisOneGroup } from './sluis.ts';
import { unbound } from './unbound.ts';

export const PEERS: readonly Peer[] = [
  floor,
  sluis,
  sluisManyGroups,
  sluisOneGroup,
  unbound,
  dnsdist,
  dnsdistBatched,
  dnsmasq,
  recursor,
  bind,
  kresd,
];
