// Whatever stands under the keys of a tool, what is written is sound, and every key is accounted for.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readAdguard } from '../../src/import/adguard-home.ts';
import { readBlocky } from '../../src/import/blocky.ts';
import { readTeleporter } from '../../src/import/pi-hole.ts';
import type { Plan } from '../../src/import/plan.ts';
import { settledFiles } from '../../src/import/settle.ts';
import { gunzipped, readTar } from '../../src/import/tar.ts';
import { YamlSource } from '../../src/import/yaml-source.ts';
import { tarOf } from '../support/archives.ts';

const word = fc.constantFrom(
  ...['', 'x', '0', '1e3', 'true', 'null', '~', 'bypass-doh', 'default', 'a.example', '*.a.example', '.', '..', '/a+/'],
  ...[
    '10.0.0.1',
    '10.0.0.1/8',
    '::1',
    '::/0',
    '0.0.0.0/0',
    'fe80::1%eth0',
    '127.0.0.1',
    '0.0.0.0',
    ':53',
    '8053',
    '99999',
  ],
  ...[
    'https://l.example/a',
    'http://l.example/a',
    'https://u:p@l.example/',
    '/etc/hosts',
    'a\nb.example\n*.c.example',
    '||a.example^',
  ],
  ...[
    '[/a.example/]10.0.0.2',
    '[//]',
    '@@||a.example^$important',
    'aa:bb:cc:dd:ee:ff',
    '\u001b[1m\u2028"]}: #',
    'tiktok',
    '漢字',
  ],
);
const leaf = fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null));

function tree(keys: readonly string[]): fc.Arbitrary<unknown> {
  const key = fc.oneof(fc.constantFrom(...keys), word);
  return fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(key, tie('node'), { maxKeys: 6 }),
    ),
  })).node;
}

const sections = (known: readonly string[], inner: readonly string[]) =>
  fc.record(Object.fromEntries(known.map((key) => [key, tree(inner)])), { requiredKeys: [] });

function expectSound(plan: Plan): void {
  const { files, problems } = settledFiles(plan, 'from', '/nowhere/out');
  expect(
    problems.filter(({ severity }) => severity === 'error').map(({ message, text }) => `${message}: ${text}`),
  ).toEqual([]);
  expect(files?.has('sluis.yaml')).toBe(true);
  for (const { at, reason, fix } of [...plan.left, ...plan.different]) {
    expect([at, reason, fix].every((text) => text !== '')).toBe(true);
  }
}

const yamlOf = (value: unknown) => new YamlSource('from.yaml', '/nowhere', JSON.stringify(value));

it('of AdGuard Home', { timeout: 60_000 }, async () => {
  const inner = [
    'bind_hosts',
    'port',
    'upstream_dns',
    'bootstrap_dns',
    'allowed_clients',
    'url',
    'name',
    'enabled',
    'ids',
    'persistent',
  ];
  const more = [
    'blocking_mode',
    'blocking_ipv4',
    'blocked_services',
    'rewrites',
    'domain',
    'answer',
    'blocked_hosts',
    'fallback_dns',
  ];
  const known = ['dns', 'filters', 'whitelist_filters', 'user_rules', 'filtering', 'clients', 'schema_version', 'tls'];
  await fc.assert(
    fc.asyncProperty(sections(known, [...inner, ...more]), async (value) => {
      expectSound(await readAdguard(yamlOf(value)));
    }),
    { numRuns: 150 },
  );
});

it('of Blocky', { timeout: 60_000 }, async () => {
  const inner = [
    'groups',
    'default',
    'denylists',
    'allowlists',
    'blackLists',
    'clientGroupsBlock',
    'mapping',
    'dns',
    'a',
    'only',
  ];
  const known = [
    'upstreams',
    'upstream',
    'bootstrapDns',
    'conditional',
    'customDNS',
    'blocking',
    'clientLookup',
    'ports',
    'port',
  ];
  await fc.assert(
    fc.asyncProperty(
      sections(known, [...inner, 'blockType', 'blockTTL', 'refreshPeriod', 'clients', 'upstream']),
      async (value) => {
        expectSound(await readBlocky(yamlOf(value)));
      },
    ),
    { numRuns: 150 },
  );
});

it('of Pi-hole', { timeout: 60_000 }, async () => {
  const id = fc.constantFrom<unknown>(0, 1, 2, '1', null, 'x');
  const rows = (shape: Record<string, fc.Arbitrary<unknown>>) =>
    fc.array(fc.record(shape, { requiredKeys: [] }), { maxLength: 6 });
  const tables = fc.record({
    group: rows({ id, name: leaf, enabled: leaf }),
    adlist: rows({ id, address: leaf, enabled: leaf, comment: leaf, type: id }),
    adlist_by_group: rows({ adlist_id: id, group_id: id }),
    'blacklist.exact': rows({ id, domain: leaf, enabled: leaf, type: id }),
    'whitelist.regex': rows({ id, domain: leaf }),
    domainlist_by_group: rows({ domainlist_id: id, group_id: id }),
    client: rows({ id, ip: leaf }),
    client_by_group: rows({ client_id: id, group_id: id }),
  });
  const lines = fc.array(
    fc.tuple(
      fc.constantFrom('PIHOLE_DNS_1', 'REV_SERVER', 'REV_SERVER_CIDR', 'REV_SERVER_TARGET', 'DNSMASQ_LISTENING'),
      word,
    ),
  );
  await fc.assert(
    fc.asyncProperty(tables, lines, fc.array(word), async (found, variables, options) => {
      const files = Object.fromEntries(
        Object.entries(found).map(([name, value]) => [`${name}.json`, JSON.stringify(value)]),
      );
      const archive = tarOf({
        ...files,
        'setupVars.conf': variables.map(([name, value]) => `${name}=${value}\n`).join(''),
        'custom.list': options.map((option) => `${option} a.example\n`).join(''),
        'dnsmasq.d/05-own.conf': options.map((option) => `server=/${option}/10.0.0.2\naddress=/${option}/\n`).join(''),
      });
      expectSound(await readTeleporter('t', readTar('t', gunzipped('t', archive))));
    }),
    { numRuns: 150 },
  );
});
