// The files of a plan: a commented configuration in the order of the shipped one, and the lists beside it.

import { join } from 'node:path';
import { TO_BE_NAMED } from '../settings/options-policy.ts';
import { shippedConfig } from '../settings/shipped.ts';
import type { Plan, PlannedGroup, PlannedList, PlannedPolicy } from './plan.ts';

export const MAIN_FILE = 'sluis.yaml';
const COPIES = 'copies';

/** Where nobody can be asked that the tool asked; the second is for machines whose own servers cannot be used. */
export const STAND_INS = ['system', '["9.9.9.9"]'] as const;

/** As YAML reads it back: JSON, but for what no option may hold. */
function quoted(text: string): string {
  return JSON.stringify(
    text
      .replaceAll(/\p{Cc}|\p{Cf}|\p{Cs}|\u2028|\u2029/gu, ' ')
      .trim()
      .slice(0, 200)
      .toWellFormed(),
  );
}

/** A comment is one line. */
function comment(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Cf}|\u2028|\u2029/gu, ' ').trim();
}

/** An id may look like a number, or like yes and no. */
const word = (id: string) =>
  /^(?:[a-z][a-z0-9-]*)$/.test(id) && !/^(?:true|false|null|yes|no|on|off|y|n)$/.test(id) ? id : JSON.stringify(id);
const words = (all: readonly string[]) => `[${all.map((one) => JSON.stringify(one)).join(', ')}]`;

function head(plan: Plan): string[] {
  return [
    `# yaml-language-server: $schema=${join(shippedConfig, '..', 'schema.json')}`,
    '#',
    `# Taken over from ${plan.tool} by "sluis import", which told what could not be. "sluis check" says what is wrong`,
    '# with it, all at once; every option is in the file that the first line names.',
  ];
}

function network(plan: Plan, standIn: string): string[] {
  const { listen } = plan;
  const port = [8053, 8054, 8055].find((one) => !listen.some((socket) => socket.endsWith(`:${one}`)));
  const lines = [
    '# Where queries are taken, over UDP and TCP.',
    'listen:',
    `  dns: ${words(listen.length > 0 ? listen : ['127.0.0.1:1053'])}`,
  ];
  lines.push(
    '',
    '# Metrics, health and the API: keep them on this machine.',
    'admin:',
    `  listen: "127.0.0.1:${port}"`,
    '',
  );
  if (plan.upstreams.length > 0)
    lines.push('# Who is asked for what is not blocked.', `upstreams: ${words(plan.upstreams)}`);
  else {
    lines.push(
      '# Who is asked for what is not blocked. None was found that Sluis can ask: put yours in the place of this.',
      `upstreams: ${standIn}`,
    );
  }
  if (plan.forward.length > 0) {
    const zones = plan.forward.map(
      ({ zones: names, upstreams }) => `  - { zones: ${words(names)}, upstreams: ${words(upstreams)} }`,
    );
    lines.push('', '# Names that other servers know, with all beneath them.', 'forward:', ...zones);
  }
  return lines;
}

function listLine({ id, title, from, format, match }: PlannedList): string {
  const parts = [`id: ${word(id)}`, `title: ${quoted(title) === '""' ? word(id) : quoted(title)}`];
  if ('url' in from) parts.push(`url: ${JSON.stringify(from.url)}`, `refresh: ${from.refresh}`);
  else parts.push(`file: ${JSON.stringify('path' in from ? from.path : listFile(id))}`);
  if (format) parts.push(`format: ${format}`);
  if (match) parts.push(`match: ${match}`);
  return `  - { ${parts.join(', ')} }`;
}

function lists(plan: Plan): string[] {
  if (plan.lists.length === 0) return [];
  const lines = ['# Names that policies ban and groups allow.', 'lists:', ...plan.lists.map(listLine)];
  if (!plan.lists.some(({ from }) => 'url' in from)) return lines;
  lines.push(
    '',
    '# Where the last good copy of each list is kept; without a folder, none can be fetched.',
    'updates:',
    `  folder: ${COPIES}`,
  );
  if (plan.resolvers.length > 0)
    lines.push('  # Who is asked for the names of list servers.', `  resolvers: ${words(plan.resolvers)}`);
  return lines;
}

function policyLines(plan: Plan, policy: PlannedPolicy): string[] {
  const { id, title, lists: names, apps } = policy;
  const { answer } = plan;
  const lines = [
    `  - id: ${word(id)}`,
    `    title: ${quoted(title)}`,
    `    authority: ${TO_BE_NAMED}`,
    '    #owner: netsec@example.be',
  ];
  if (names.length > 0) lines.push(`    lists: ${words(names)}`);
  if (apps.length > 0) lines.push(`    apps: ${words(apps)}`);
  if (answer !== 'nxdomain') lines.push(`    answer: ${JSON.stringify(answer)}`);
  if (plan.ttl !== undefined) lines.push(`    ttl: ${plan.ttl}s`);
  return lines;
}

function policies(plan: Plan): string[] {
  const none = '# No policy that comes with Sluis: add be-716 for the Belgian federal ban on TikTok.';
  const lines = [none, 'presets: []'];
  if (plan.policies.length === 0) return lines;
  return [
    ...lines,
    '',
    '# What was blocked, as decisions that somebody answers for. Who decided, and who answers for it here? Put that in the',
    '# place of "To be named", and take the "#" away before owner.',
    'policies:',
    ...plan.policies.flatMap((policy) => policyLines(plan, policy)),
  ];
}

function groupLines(plan: Plan, group: PlannedGroup): string[] {
  const { id, about, subnets, blocks, allow, fallback, bypass } = group;
  const fallbacks = new Set(plan.groups.map((one) => one.fallback));
  const modes = plan.policies
    .filter((policy) => !fallbacks.has(policy.id) || blocks.includes(policy.id))
    .map((policy) => `${word(policy.id)}: ${blocks.includes(policy.id) ? 'block' : 'off'}`);
  const ways = Object.entries(bypass).map(([way, mode]) => `${way}: ${mode}`);
  return [
    `  # ${comment(about)}`,
    `  - id: ${word(id)}`,
    `    match: ${subnets === 'any' ? 'any' : `{ subnets: ${words(subnets)} }`}`,
    `    modes: { ${modes.join(', ')} }`,
    ...(fallback ? [`    default: { mode: block, policy: ${word(fallback)} }`] : []),
    ...(allow.length > 0 ? [`    allow: ${words(allow)}`] : []),
    ...(ways.length > 0 ? [`    bypass: { ${ways.join(', ')} }`] : []),
  ];
}

function groups(plan: Plan): string[] {
  if (plan.groups.length === 0) return ['# Nobody is served: no client could be taken over.', 'groups: []'];
  return [
    '# Who is served, and what each policy does to them: block, observe (answer, and count what block would have done) or off.',
    'groups:',
    ...plan.groups.flatMap((group) => groupLines(plan, group)),
  ];
}

function limits({ queriesPerSecond }: Plan): string[] {
  if (queriesPerSecond === undefined) return [];
  return ['# Queries a second of one client.', 'limits:', `  queries_per_second: ${queriesPerSecond}`];
}

function listFile(id: string): string {
  return `lists/${id}.txt`;
}

/** Every file by its path in the folder. */
export function filesOf(plan: Plan, standIn: string): Map<string, string | Uint8Array> {
  const parts = [head(plan), network(plan, standIn), lists(plan), policies(plan), groups(plan), limits(plan)];
  const text = parts.filter((part) => part.length > 0).map((part) => part.join('\n'));
  const files = new Map<string, string | Uint8Array>([[MAIN_FILE, `${text.join('\n\n')}\n`]]);
  for (const { id, from } of plan.lists) if ('text' in from) files.set(listFile(id), from.text);
  return files;
}
