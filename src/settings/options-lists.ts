// The options of lists: where each comes from and how it is written, how they are kept up to date, and what guards them.

import * as z from 'zod';
import { LIST_FORMATS } from './list-formats.ts';
import { listUrl, sha256, signer } from './list-sources.ts';
import { duration, hostName, id, line, share, size, upstream } from './option-kinds.ts';

export const listId = id('What policies and groups call the list.', ['own-blocks']);

const source = {
  file: line('Where it is, from the folder of this file on; of a folder, every file in it that is not hidden.', [
    'lists/own.txt',
    'lists/own',
  ]).optional(),
  url: listUrl('Where it is fetched from; in place of file.').optional(),
  refresh: duration(
    { least: 60, most: 2_592_000, leastText: '1m', mostText: '30d' },
    'How often a list with a url is looked for anew.',
  ).prefault('1d'),
  sha256: sha256('What the list must be, octet for octet: its SHA-256 in hexadecimal.').optional(),
  signed_by: signer('Who must have signed it: a public key of minisign, or one of SSH.').optional(),
  signature: line(
    'Where the signature is, as file or url has the list; unless told, there with .minisig behind it, or .sig for SSH.',
    ['lists/own.txt.minisig'],
  ).optional(),
};

export const list = z
  .strictObject({
    id: listId,
    title: line('What people call the list.', ['Our own blocks']).optional(),
    ...source,
    format: z
      .enum(LIST_FORMATS)
      .optional()
      .meta({
        description:
          'How it is written (docs/lists.md); without it, told by its first lines. sluis: an app file as in blocklists/.',
        examples: ['domains'],
      }),
    match: z
      .enum(['suffix', 'exact'])
      .optional()
      .meta({
        description:
          'suffix: a name and all beneath it (the default of domains); exact: that name alone (of hosts). Where no format is given, it counts in those two alone.',
        examples: ['suffix'],
      }),
    max_size: size(
      { least: 1, most: 2 ** 32, leastText: '1B', mostText: '4GiB' },
      'The most that the list may hold, unpacked; one that holds more is refused.',
    ).prefault('256MiB'),
  })
  .refine(({ file, url }) => (file === undefined) !== (url === undefined), {
    message: 'a list comes from one place',
    params: { fix: 'give one of file and url' },
  })
  .meta({ description: 'Names, or addresses, from a file or a server.' });

export const updates = z.strictObject({
  folder: line(
    'Where the last good copy of each list is kept. Without it, lists in the state directory that systemd gives; without that, nowhere, and no list has a url.',
    ['/var/lib/sluis/lists'],
  ).optional(),
  timeout: duration(
    { least: 1, most: 3600, leastText: '1s', mostText: '1h' },
    'Longest time for fetching a list, redirects and all.',
  ).prefault('60s'),
  resolvers: z
    .array(upstream)
    .min(1)
    .max(16)
    .optional()
    .meta({
      description: 'Who is asked for the names of list servers; never Sluis itself. Unless told: upstreams.',
      examples: [['9.9.9.9']],
    }),
  ca: line('More authorities whose certificates list servers may have, as a PEM file.', [
    '/etc/sluis/lists-ca.pem',
  ]).optional(),
});

export const guard = z.strictObject({
  growth: share(
    'How many rules may come at once, beside those that were there; an update with more is held until it is accepted.',
    '100%',
  ).prefault('100%'),
  shrink: share('How many of the rules that were there may go at once.', '50%').prefault('50%'),
  protect: z
    .array(hostName('A name; it and all beneath it are meant.', 'corp.example'))
    .max(1000)
    .default([])
    .meta({
      description: 'Names that no list blocks, beside forward zones, search domains and those of config/protected.txt.',
      examples: [['corp.example']],
    }),
  unprotect: z
    .array(hostName('A name; it and all beneath it are meant.', 'www.belgium.be'))
    .max(1000)
    .default([])
    .meta({ description: 'Names that lists may block, though they are protected.', examples: [['ads.belgium.be']] }),
});
