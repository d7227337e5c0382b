/** Every server gets the same blocked names, the same upstream, and a configuration of its own kind. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dnsdistConfiguration, PEERS, sluisConfiguration, unboundConfiguration } from '../../../bench/wire/peers.ts';

const place = {
  directory: '/tmp/x',
  port: 5301,
  adminPort: 5302,
  stubPort: 5303,
  blockedFile: '/tmp/x/blocked.txt',
  lifetimeSeconds: 60,
};

describe('configurations', () => {
  it('Sluis: one worker, the list under a policy in block mode for everybody', () => {
    expect(parse(sluisConfiguration(place))).toMatchObject({
      listen: { dns: ['127.0.0.1:5301'] },
      admin: { listen: '127.0.0.1:5302' },
      upstreams: ['127.0.0.1:5303'],
      workers: { datagram: 1 },
      lists: [{ id: 'bench', file: '/tmp/x/blocked.txt', format: 'domains' }],
      policies: [{ id: 'bench', lists: ['bench'] }],
      groups: [{ id: 'all', match: 'any', modes: { bench: 'block' } }],
    });
  });

  it('Unbound: one zone for each blocked name', () => {
    const text = unboundConfiguration(place, ['a.example', 'b.example']);
    expect(text).toContain('forward-addr: 127.0.0.1@5303');
    expect(text.match(/local-zone: "[ab]\.example\." always_nxdomain/g)).toHaveLength(2);
  });

  it('dnsdist: the same file, before the cache', () => {
    const text = dnsdistConfiguration(place);
    expect(text).toContain('io.lines("/tmp/x/blocked.txt")');
    expect(text).toContain('127.0.0.1:5303');
  });
});

it('only the floor is asked no questions of sense, and it forwards nothing', () => {
  const echoes = PEERS.filter(({ resolves }) => !resolves);
  expect(echoes.map(({ name, workloads }) => [name, workloads])).toEqual([['floor', ['hits']]]);
});
