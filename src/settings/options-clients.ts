// The option table, continued: who belongs to a group, the device registry, and exceptions for single clients.

import * as z from 'zod';
import { deviceId, id, line, listener, moment, prefix } from './option-kinds.ts';

export const policyId = id('What groups, metrics, logs and answers call the policy.', ['be-716']);

const deviceMatch = z
  .strictObject({
    kind: z
      .enum(['service', 'personal'])
      .optional()
      .meta({
        description:
          'service: purchase, subscription or use is paid wholly or partly by the state; personal: the rest.',
        examples: ['service'],
      }),
    work_apps: z
      .boolean()
      .optional()
      .meta({ description: 'Whether apps for work are on the device.', examples: [true] }),
    ids: z
      .array(deviceId)
      .min(1)
      .max(10_000)
      .optional()
      .meta({ description: 'These devices alone.', examples: [['laptop-0417']] }),
  })
  .refine((value) => Object.values(value).some((given) => given !== undefined), {
    message: 'no device is meant',
    params: { fix: 'give kind, work_apps or ids' },
  });

const clients = z
  .strictObject({
    subnets: z
      .array(prefix)
      .min(1)
      .max(100_000)
      .optional()
      .meta({
        description: 'Prefixes; the longest that holds a client decides, among groups that name its socket first.',
        examples: [['10.10.0.0/16']],
      }),
    listeners: z
      .array(listener({ description: 'A socket of listen.dns.', examples: ['10.0.0.1:53'] }))
      .min(1)
      .max(64)
      .optional()
      .meta({
        description: 'Sockets of listen.dns by which the client comes; alone, they take every client of theirs.',
        examples: [['10.0.0.1:53']],
      }),
    devices: deviceMatch.optional().meta({
      description: 'Devices of the registry; all that is given must hold of them.',
      examples: [{ kind: 'service' }, { kind: 'personal', work_apps: true }],
    }),
  })
  .refine((value) => Object.values(value).some((given) => given !== undefined), {
    message: 'match names no clients',
    params: { fix: 'give subnets, listeners or devices' },
  });

export const match = z.union([z.literal('any'), clients]).meta({
  description:
    'Which clients; they must satisfy all that is given. "any" takes all that no other group has; without it they are refused.',
  examples: [{ subnets: ['10.10.0.0/16', '2001:db8:10::/48'] }, 'any'],
});

/** What becomes of a name that no list of the group allows and no policy blocks. */
export const fallback = z
  .strictObject({
    mode: z.enum(['observe', 'block']).meta({ description: 'What becomes of such a name.', examples: ['block'] }),
    policy: policyId,
  })
  .optional()
  .meta({
    description: 'For managed devices: what no list under allow names is blocked, or observed, by this policy.',
    examples: [{ mode: 'block', policy: 'managed-only' }],
  });

function forwarders(description: string) {
  return z
    .array(prefix)
    .max(256)
    .default([])
    .meta({ description, examples: [['10.30.0.2', '10.31.0.0/24']] });
}

export const devices = z
  .strictObject({
    file: line('The registry, a CSV file, from the folder of this file on.', ['devices.csv']),
    mac_from: forwarders(
      'Forwarders that say by which MAC a device asks through them, and are taken at their word: dnsmasq with add-mac.',
    ),
    id_from: forwarders(
      'Forwarders that say which id a device of theirs has, or which id they have themselves, and are taken at their word: dnsmasq with add-cpe-id.',
    ),
  })
  .meta({ description: 'The device registry.' });

const GROUNDS = ['inspection', 'investigation', 'intelligence'] as const;

export const exception = z
  .strictObject({
    id: id('What the audit log, metrics and logs call the exception.', ['x-2026-014']),
    ground: z.enum(GROUNDS).meta({ description: 'The primary task that needs the app.', examples: ['investigation'] }),
    policy: policyId,
    clients: z
      .array(prefix)
      .max(1000)
      .default([])
      .meta({
        description: 'Addresses or small prefixes; never a whole organisation.',
        examples: [['10.10.4.17']],
      }),
    devices: z
      .array(deviceId)
      .max(1000)
      .default([])
      .meta({ description: 'Devices of the registry.', examples: [['laptop-0417']] }),
    owner: line('Who asked for it and answers for its use.', ['a@example.be']),
    approver: line('Who approved it; never the owner.', ['b@example.be']),
    reason: line('Why, in a sentence.', ['Case support']),
    ticket: line('Where the request is written down.', ['REQ-1201']),
    starts: moment('From when it lets through.', '2026-10-01'),
    expires: moment('The first moment at which it does so no more; a year after starts at most.', '2027-03-31'),
    sealed: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether it is counted, and shown to nobody but the auditor.', examples: [false] }),
  })
  .meta({ description: 'A dated, approved way through a policy for some clients.' });
