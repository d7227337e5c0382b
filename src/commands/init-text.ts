// The configuration that `sluis init` writes: what is in force at once, and beside it in comments what to fill in.

import { isAbsolute, join } from 'node:path';
import { textIn } from '../settings/languages.ts';
import type { PolicySettings } from '../settings/settings.ts';
import { fileOf, shippedConfig, shippedPresets } from '../settings/shipped.ts';

/** A preset's id, or a path of one's own. */
export function presetFile(preset: string): string {
  return isAbsolute(preset) ? preset : fileOf(shippedPresets, preset);
}

export interface Start {
  /** Those of the presets. */
  policies: readonly PolicySettings[];
  /** Each preset with the text of its file. */
  files: readonly { preset: string; text: string }[];
  language: string;
  /** Whether this machine has name servers to forward to. */
  isSystemUsable: boolean;
}

const DATES = [
  ['decided', 'was decided'],
  ['effective', 'takes effect'],
  ['deadline', 'all must comply'],
  ['review', 'is to be reviewed'],
  ['expires', 'expires'],
] as const;

/** The comment that a preset's file opens with: what the decision says, and what becomes of it. */
function openingOf(text: string): string[] {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  return lines.slice(0, end < 0 ? lines.length : end);
}

function policyComment(policy: PolicySettings, language: string): string[] {
  const { id, title, authority, legalBasis, scope, source, reported } = policy;
  const dates = DATES.flatMap(([key, happens]) => {
    const at = policy[key];
    return at === null ? [] : [`#   ${new Date(at * 1000).toISOString().slice(0, 10)}  ${happens}`];
  });
  const basis = legalBasis && `, ${legalBasis}`;
  return [
    `# ${id}: ${textIn(title, language)}`,
    `#   ${textIn(authority, language)}${basis}`,
    ...(Object.keys(scope).length > 0 ? [`#   for: ${textIn(scope, language)}`] : []),
    ...(source ? [`#   source: ${source}`] : []),
    ...(reported ? [`#   reported: ${reported}`] : []),
    ...dates,
  ];
}

function modesOf(policies: readonly PolicySettings[], mode: string | ((policy: string) => string)): string {
  const modeOf = typeof mode === 'string' ? () => mode : mode;
  return `{ ${policies.map(({ id }) => `${id}: ${modeOf(id)}`).join(', ')} }`;
}

/** Decisions that advise against the app on personal devices too: what is advised is counted, and not blocked. */
const ADVISED_ON_PERSONAL: ReadonlySet<string> = new Set(['be-716']);

function personalMode(policy: string): string {
  return ADVISED_ON_PERSONAL.has(policy) ? 'observe' : 'off';
}

function upstreamLines(isSystemUsable: boolean): string[] {
  if (isSystemUsable) return ['upstreams: system # or servers of your choice: ["9.9.9.9", "[2620:fe::fe]:53"]'];
  return [
    '# /etc/resolv.conf names no server that can be used here: put yours in the place of this public one.',
    'upstreams: ["9.9.9.9"]',
  ];
}

const HEAD = (presets: string) => `# yaml-language-server: $schema=${join(shippedConfig, '..', 'schema.json')}
#
# A configuration to begin with, for ${presets}. It serves this machine alone until "listen" and "groups" say more.
# What is in comments is to be filled in: take the "#" away. "sluis check" says what is wrong with it, all at once;
# every option is in the file that the first line names.`;

const NETWORK = `# Where queries are taken. For a network: ["10.0.0.53:53", "[2001:db8::53]:53"].
listen:
  dns: ["127.0.0.1:1053"]

# Metrics, health and the API: keep them on this machine.
admin:
  listen: "127.0.0.1:8053"

# Who is asked for what is not blocked.`;

function groupLines(policies: readonly PolicySettings[]): string {
  return `# Who is served, and what each policy does to them: block, observe (answer, and count what block would have done) or off.
# Clients in no group are refused. Observe first; write block when nothing surprises you.
groups:
  - id: local
    match: { subnets: [127.0.0.0/8, "::1"] }
    modes: ${modesOf(policies, 'block')}

  # Devices that the organisation pays for, wholly or partly.
  #- id: service
  #  match: { subnets: [10.10.0.0/16, "2001:db8:10::/48"] }
  #  modes: ${modesOf(policies, 'observe')}

  # Devices of people themselves.
  #- id: personal
  #  match: { subnets: [10.20.0.0/16, "2001:db8:20::/48"] }
  #  modes: ${modesOf(policies, personalMode)}`;
}

const AUDIT = `# Every start and reload, with what it changed, in a log that shows whether somebody rewrote a part of it.
#audit:
#  file: audit.jsonl`;

/** The text of the file. It is sound as it stands. */
export function startingText({ policies, files, language, isSystemUsable }: Start): string {
  const presets = files.map(({ preset }) => preset);
  const owned = policies.map(({ id }) => `#  - { id: ${id}, owner: netsec@example.be, contact: helpdesk@example.be }`);
  const parts = [
    HEAD(presets.join(', ')),
    [NETWORK, ...upstreamLines(isSystemUsable)].join('\n'),
    [...policies.flatMap((policy) => policyComment(policy, language)), `presets: ${JSON.stringify(presets)}`].join(
      '\n',
    ),
    [
      '# Who answers for them here, where somebody who is blocked can ask, and dates of your own.',
      '#policies:',
      ...owned,
    ].join('\n'),
    groupLines(policies),
    AUDIT,
    ...files.map(({ preset, text }) =>
      [`# ---- ${preset}, as its file explains it ----`, ...openingOf(text)].join('\n'),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}
