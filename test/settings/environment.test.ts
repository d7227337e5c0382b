// Options from SLUIS_ variables: every one that the table has, over the file, with problems that name the variable.

import { describe, expect, test } from 'vitest';
import { endpointText } from '../../src/settings/address.ts';
import { variables } from '../../src/settings/environment.ts';
import { formatProblem } from '../../src/settings/problems.ts';
import { loadText, told } from './memory-files.ts';

test('there is one for every option that one text can set', () => {
  expect([...variables().keys()]).toEqual([
    'SLUIS_LISTEN_DNS',
    'SLUIS_ADMIN_LISTEN',
    'SLUIS_UPSTREAMS',
    'SLUIS_PRESETS',
    'SLUIS_DEVICES_FILE',
    'SLUIS_DEVICES_MAC_FROM',
    'SLUIS_DEVICES_ID_FROM',
    'SLUIS_EXCEPTIONS_FILE',
    'SLUIS_UPDATES_FOLDER',
    'SLUIS_UPDATES_TIMEOUT',
    'SLUIS_UPDATES_RESOLVERS',
    'SLUIS_UPDATES_CA',
    'SLUIS_GUARD_GROWTH',
    'SLUIS_GUARD_SHRINK',
    'SLUIS_GUARD_PROTECT',
    'SLUIS_GUARD_UNPROTECT',
    'SLUIS_BLOCKLISTS',
    'SLUIS_SEARCH_DOMAINS',
    'SLUIS_STRUCTURED_ERRORS',
    'SLUIS_CACHE_SIZE',
    'SLUIS_CACHE_STALE',
    'SLUIS_CACHE_MAX_TTL',
    'SLUIS_CACHE_MAX_NEGATIVE_TTL',
    'SLUIS_LIMITS_TCP_CLIENTS',
    'SLUIS_LIMITS_TCP_PER_CLIENT',
    'SLUIS_LIMITS_TCP_PIPELINED',
    'SLUIS_LIMITS_TCP_IDLE',
    'SLUIS_LIMITS_QUERIES_PER_SECOND',
    'SLUIS_LOG_LEVEL',
    'SLUIS_LOG_HITS_TO',
    'SLUIS_LOG_HITS_CLIENTS',
    'SLUIS_LOG_HITS_KEY_FILE',
    'SLUIS_LOG_HITS_MAX_SIZE',
    'SLUIS_LOG_HITS_KEEP',
    'SLUIS_LOG_HITS_MAX_RATE',
    'SLUIS_AUDIT_FILE',
    'SLUIS_LEARNING_NAMES',
    'SLUIS_LEARNING_FILE',
    'SLUIS_WORKERS_DATAGRAM',
    'SLUIS_WORKERS_DRIVER',
  ]);
});

test('they come over the file', () => {
  const { settings, problems } = loadText(
    'log: { level: debug }\ncache: { size: 2MiB, stale: 1h }\nupstreams: [192.0.2.9]',
    {
      SLUIS_LISTEN_DNS: '127.0.0.1:5301, [::1]:5301',
      SLUIS_ADMIN_LISTEN: '[::1]:8053',
      SLUIS_UPSTREAMS: 'system',
      SLUIS_CACHE_SIZE: '128MiB',
      SLUIS_LIMITS_TCP_IDLE: '20',
      SLUIS_LOG_LEVEL: 'warn',
      SLUIS_WORKERS_DATAGRAM: '2',
      SLUIS_PRESETS: '',
      PATH: '/bin',
    },
  );
  expect(problems.map(told)).toEqual([]);
  expect(settings?.listen.dns.map(endpointText)).toEqual(['127.0.0.1:5301', '[::1]:5301']);
  expect(settings).toMatchObject({
    systemUpstreams: true,
    cache: { size: 134217728, stale: 3600 },
    limits: { tcpIdle: 20 },
    log: { level: 'warn' },
    workers: { datagram: 2 },
    presets: [],
    policies: [],
  });
});

describe('problems name the variable', () => {
  test.each([
    ['SLUIS_LOG_LEVEL', 'loud', 'environment:1:17: error: "loud" is not one of trace'],
    ['SLUIS_LISTEN_DNS', '127.0.0.1:53, localhost:53', 'environment:1:32: error: "localhost" is no address'],
    ['SLUIS_UPSTREAMS', '127.0.0.1:1053', 'environment:1:17: error: 127.0.0.1:1053 is an address on which we listen'],
    ['SLUIS_LOG_HITS_TO', 'stdot', 'environment:1:19: error: "stdot" is none of off, stdout, and no path'],
    ['SLUIS_WORKERS_DATAGRAM', '65', 'environment:1:24: error: 65 is over the most allowed, 64'],
    ['SLUIS_CACHE_SIZE', '', 'environment:1:18: error: "" is no size'],
    ['SLUIS_LISTEN_DSN', 'x', 'environment:1:1: warning: the variable SLUIS_LISTEN_DSN sets no option'],
  ])('%s=%s', (variable, text, expected) => {
    const printed = loadText('', { [variable]: text }).problems.map(formatProblem);
    expect(printed).toHaveLength(1);
    expect(printed[0]).toContain(expected);
    expect(printed[0]).toContain(`${variable}=${text}`);
  });

  test('but SLUIS_CONFIG, which names the file, is none of them', () => {
    expect(loadText('', { SLUIS_CONFIG: '/etc/sluis/sluis.yaml' }).problems).toEqual([]);
  });

  test('also where the file holds something else', () => {
    const { problems } = loadText('log: loud\n', { SLUIS_LOG_LEVEL: 'info' });
    expect(problems.map(told)).toEqual([
      '1:6 error: expected options of its own (key: value), but this is the text "loud"; ' +
        'write for example log: { level: info }',
    ]);
  });
});
