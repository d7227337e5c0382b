/** Sluis as it serves: a policy, groups, metrics, a log of every hit, all as this checkout has them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Peer, Place } from './place.ts';
import { subnetsOfGroups } from './prefixes.ts';
import { MANY_ADDRESSES } from './workloads.ts';

const root = join(import.meta.dirname, '..', '..');

interface Group {
  readonly id: string;
  readonly match: { readonly subnets: readonly string[] };
  readonly modes: Readonly<Record<string, string>>;
}

/** Service devices are blocked; personal ones are observed, and loopback has room for both. */
const TWO_GROUPS: readonly Group[] = [
  { id: 'service', match: { subnets: ['127.0.0.0/9'] }, modes: { bench: 'block' } },
  { id: 'personal', match: { subnets: ['127.128.0.0/9'] }, modes: { bench: 'observe' } },
];
const ONE_GROUP: readonly Group[] = [{ id: 'all', match: { subnets: ['127.0.0.0/8'] }, modes: { bench: 'block' } }];
const ALL_BLOCKED = (subnets: readonly string[], index: number): Group => ({
  id: `group-${index + 1}`,
  match: { subnets },
  modes: { bench: 'block' },
});

/** No presets: every server has the same rules and no more. */
export function sluisConfiguration(place: Place, groups: readonly Group[], more: object = {}): string {
  return stringify({
    listen: { dns: [`127.0.0.1:${place.port}`] },
    admin: { listen: `127.0.0.1:${place.adminPort}` },
    upstreams: [`127.0.0.1:${place.stubPort}`],
    presets: [],
    workers: { datagram: 1 },
    limits: { tcp_pipelined: 1000 },
    lists: [{ id: 'bench', file: place.rulesFile, format: 'domains' }],
    policies: [{ id: 'bench', title: { en: 'Bench' }, authority: 'Bench', lists: ['bench'] }],
    groups,
    log: { hits: { to: join(place.directory, 'hits.jsonl') } },
    ...more,
  });
}

function configured(
  name: string,
  observed: string | null,
  groups: () => readonly Group[],
  more: (place: Place) => object = () => ({}),
): Peer {
  return {
    name,
    variantOf: name === 'sluis' ? null : 'sluis',
    debianPackage: null,
    resolves: true,
    observed,
    find: async () => {
      const path = join(root, 'bin', 'sluis');
      if (!existsSync(path)) return 'bin/sluis is missing from this checkout';
      const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
      return { path, version };
    },
    prepare: ({ path }, place) => {
      const file = join(place.directory, 'sluis.yaml');
      writeFileSync(file, sluisConfiguration(place, groups(), more(place)));
      return [path, 'serve', '--config', file];
    },
  };
}

export const sluis = configured('sluis', '127.200.0.1', () => TWO_GROUPS);
/** As a service has it: the last good copy of each list is kept, and each change of one is looked at. None is held here. */
export const sluisKeeping = configured(
  'sluis',
  '127.200.0.1',
  () => TWO_GROUPS,
  ({ directory }) => ({
    updates: { folder: join(directory, 'lists') },
    guard: { growth: 'off', shrink: 'off' },
  }),
);
export const sluisOneGroup = configured('sluis-one-group', null, () => ONE_GROUP);
export const sluisManyGroups = configured('sluis-24-groups', null, () =>
  subnetsOfGroups(MANY_ADDRESSES).map(ALL_BLOCKED),
);
