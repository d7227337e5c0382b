// The option table, second half: policies, the groups they apply to, and lists of names.

import * as z from 'zod';
import { FACETS, MODES } from '../policy/rule.ts';
import { ON_MISSING } from './on-missing.ts';
import {
  addressOf,
  allowed,
  duration,
  extraText,
  grace,
  hostName,
  id,
  inLanguages,
  line,
  time,
} from './option-kinds.ts';
import { fallback, match, policyId } from './options-clients.ts';
import { listId } from './options-lists.ts';

/** What a name is for its app; a policy says which of these it covers. `none` is for lists, which have no facets. */
const facet = z.enum(FACETS).exclude(['none']);

/** The authority of a policy that an import wrote, until somebody says who decided. */
export const TO_BE_NAMED = 'To be named';

/** What a policy covers of its apps unless it says; pixels, embeds and shared names are asked for by strangers too. */
export const COVERED_FACETS: z.output<typeof facet>[] = ['app', 'web', 'cdn', 'telemetry'];

/** A list, or a pack of names that ships with Sluis. */
const allowId = allowed('What the list is called, or baseline: and the pack that comes with Sluis.', [
  'own-allows',
  'baseline:os-updates',
]);

const sinkhole = z.strictObject({
  sinkhole: z
    .strictObject({
      ipv4: addressOf(4, 'Address given for type A.').optional(),
      ipv6: addressOf(6, 'Address given for type AAAA.').optional(),
    })
    .refine((value) => value.ipv4 !== undefined || value.ipv6 !== undefined, {
      message: 'a sinkhole needs an address',
      params: { fix: 'give ipv4, ipv6 or both' },
    })
    .meta({ description: 'A server of your own that says why.', examples: [{ ipv4: '192.0.2.53' }] }),
});

export const answer = z.union([z.enum(['nxdomain', 'nodata', 'null']), sinkhole]).meta({
  description:
    'The blocked answer: nxdomain, nodata, null (0.0.0.0 and ::, to which Linux connects locally), or a sinkhole.',
  examples: ['nxdomain', { sinkhole: { ipv4: '192.0.2.53' } }],
});

const ede = z.literal([4, 15, 16, 17]).meta({
  description:
    'Extended DNS error of a blocked answer (RFC 8914): 15 own policy, 16 imposed, 17 asked for. With null and sinkhole it is 4 (forged answer) whatever stands here.',
  examples: [15],
});

const BAN = { nl: 'Verbod op TikTok', fr: 'Interdiction de TikTok' };
const COUNCIL = { nl: 'Nationale Veiligheidsraad', fr: 'Conseil national de sécurité' };
const SCOPE = { nl: 'Toestellen van de dienst', fr: 'Appareils de service' };
const RISK = { nl: 'Risico voor informatie', fr: "Risque pour l'information" };

const dates = {
  decided: time('When the decision was taken.'),
  effective: time('From when the policy applies; without it, at once.'),
  grace: grace(
    'Time to get used to it, from effective on: until it ends the policy observes where a group says block.',
  ),
  deadline: time('By when all must comply; compliance is reported against it.'),
  review: time('When the policy is to be looked at again; nothing lapses by itself.'),
  expires: time('The first moment at which on_expiry applies; without it, never.'),
};

export const policy = z
  .strictObject({
    id: policyId,
    title: inLanguages('What the policy is called.', ['Temporary ban on TikTok', BAN]),
    authority: inLanguages('Who decided.', ['National Security Council of Belgium', COUNCIL]),
    legal_basis: line('On what the decision rests.', ['Circular 716']).optional(),
    source: line('Where the decision is published: an address of the web, or a citation.', [
      'https://gov.example/circulars/716',
    ]).optional(),
    scope: inLanguages('For whom the decision is meant, in words; groups say for whom it holds.', [
      'Devices that the state pays wholly or partly',
      SCOPE,
    ]).optional(),
    owner: line('Who answers for it here.', ['netsec@example.be']).optional(),
    contact: line('Where somebody who is blocked can ask.', ['helpdesk@example.be']).optional(),
    reported: line('What of this the authority did not publish itself, and who reported it.', [
      'its date, by Belga on 27 November 2025',
    ]).optional(),
    reason: inLanguages('Why, in a sentence.', ['Risk to information on service devices', RISK]).optional(),
    ...dates,
    on_expiry: z
      .enum(['keep-and-alert', 'observe', 'off'])
      .default('keep-and-alert')
      .meta({
        description: 'What becomes of the policy once it has expired.',
        examples: ['keep-and-alert'],
      }),
    apps: z
      .array(id('An app of the catalogue.', ['tiktok']))
      .max(1000)
      .default([])
      .meta({ description: 'Apps of the catalogue that the policy covers.', examples: [['tiktok']] }),
    jurisdictions: z
      .array(z.string().meta({ description: 'Where an app is managed: ISO 3166-1 alpha-2.', examples: ['CN'] }))
      .max(300)
      .default([])
      .meta({
        description: 'All apps of the catalogue managed there, by its sources; contested ones only on request.',
        examples: [['CN', 'RU']],
      }),
    contested: z
      .boolean()
      .default(false)
      .meta({
        description: 'Whether jurisdictions take apps of which it is disputed that they are managed there.',
        examples: [true],
      }),
    lists: z
      .array(listId)
      .max(1000)
      .default([])
      .meta({ description: 'Lists that the policy covers, whole.', examples: [['own-blocks']] }),
    facets: z
      .array(facet)
      .min(1)
      .default(COVERED_FACETS)
      .meta({
        description: 'Which names of those apps. Pixels, embeds and shared names are asked for by ordinary sites too.',
        examples: [['app', 'web', 'cdn', 'telemetry']],
      }),
    answer: answer.default('nxdomain'),
    ede: ede.default(15),
    text: extraText.optional(),
    ttl: duration(
      { least: 0, most: 86400, leastText: '0s', mostText: '1d' },
      'How long a blocked answer may be kept.',
    ).prefault('60s'),
  })
  .meta({ description: 'A decision that somebody answers for: what is banned, by whom, why and until when.' });

const mode = z.enum(MODES).meta({
  description: 'block; observe: answer as always, count and log what block would have done; or off.',
  examples: ['observe'],
});

const way = (description: string) => mode.optional().meta({ description, examples: ['block'] });

const bypass = z
  .strictObject({
    canary: way('What Firefox asks before it turns DNS over HTTPS on. Unless told: as the strictest policy here.'),
    relay: way('What iCloud Private Relay asks for. Unless told: as the strictest policy here.'),
    ddr: way('How discovery of other resolvers is counted; it is answered here. Unless told: as the strictest policy.'),
    doh: way('Servers of encrypted DNS. Unless told: observe where a policy blocks or observes, else off.'),
    vpn: way('Sites of virtual private networks that an authority has barred. Unless told: off.'),
    owner: line('Who answers for these; unless told, the owners of what the group bans.', [
      'netsec@example.be',
    ]).optional(),
  })
  .prefault({})
  .meta({ description: 'Ways round this resolver: each acts as a policy, bypass-doh and so on.' });

export const group = z
  .strictObject({
    id: id('What metrics and logs call the group.', ['service']),
    match,
    modes: z
      .record(z.string(), mode)
      .default({})
      .meta({
        description: 'What each policy does here; one that is not named is off.',
        examples: [{ 'be-716': 'block' }],
      }),
    default: fallback,
    answers: z
      .record(z.string(), answer)
      .default({})
      .meta({ description: 'Another blocked answer for a policy in this group.', examples: [{ 'be-716': 'nodata' }] }),
    allow: z
      .array(allowId)
      .max(1000)
      .default([])
      .meta({
        description: 'Lists and baseline packs whose names and addresses are answered here whatever a policy says.',
        examples: [['own-allows', 'baseline:os-updates']],
      }),
    bypass,
    must_block: z
      .array(hostName('A name.', 'www.tiktok.com'))
      .max(100)
      .default([])
      .meta({
        description:
          'Names that policies must block here, or observe: a policy that does not is not taken, and the one before serves on.',
        examples: [['www.tiktok.com']],
      }),
    must_allow: z
      .array(hostName('A name.', 'www.belgium.be'))
      .max(100)
      .default([])
      .meta({
        description: 'Names that no policy may block here: one that does is not taken, and the one before serves on.',
        examples: [['www.belgium.be']],
      }),
    on_missing_policy: z
      .enum(ON_MISSING)
      .default('serve-last-good')
      .meta({
        description:
          'What happens when a list that this group needs cannot be had: refuse-to-start: no policy without it as it is now; serve-last-good: its last good copy, and without one as refuse-to-start; open: its last good copy, and without one no list. Of several groups the strictest counts.',
        examples: ['serve-last-good'],
      }),
  })
  .meta({ description: 'Clients that are treated alike.' });
