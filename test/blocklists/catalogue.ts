/** Reads blocklists, presets and baseline packs for these tests and matches names against them, naively. */
import { readdirSync, readFileSync } from 'node:fs';
import { getDomain, getPublicSuffix } from 'tldts';
import { isAlias, isNode, parseDocument, visit } from 'yaml';
import { z } from 'zod';

const blocklistsUrl = new URL('../../blocklists/', import.meta.url);
const presetsUrl = new URL('../../config/presets/', import.meta.url);
const baselineUrl = new URL('../../config/baseline/', import.meta.url);

/** The whole vocabulary for what a name is for; a preset may choose no other word. */
export const facets = ['app', 'web', 'cdn', 'telemetry', 'pixel', 'embed', 'shared'] as const;

/** Year, month or day: what is known and no more. */
const When = z.string().regex(/^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/);
const Text = z.string().regex(/^\S.*\S$/);
const Id = z.string().regex(/^[a-z][a-z0-9-]*$/);

const Name = z.strictObject({
  name: z.string(),
  match: z.enum(['suffix', 'exact', 'below']),
  facet: z.enum(facets),
  sources: z.array(z.string()).min(1),
  also: z.array(Id).min(1).optional(),
  note: Text.optional(),
});
export type Name = z.infer<typeof Name>;

/** One catalogue file. Strict: a key nobody reads is a mistake. */
export const App = z.strictObject({
  id: Id,
  title: Text,
  operator: Text,
  jurisdiction: z.strictObject({ code: z.string().regex(/^[A-Z]{2}$/), source: Text, date: When }).nullable(),
  contested: z.strictObject({ by: Text, reason: Text }).optional(),
  successors: z.array(Id).min(1).optional(),
  unreachable: Text.optional(),
  sources: z.array(z.strictObject({ key: Id, name: Text, licence: Text, date: When })).min(1),
  /** Empty where no rule on names reaches the app. */
  names: z.array(Name),
});
export type App = z.infer<typeof App>;

/** Files of a folder as text, by file name. */
function readFolder(folder: URL): Map<string, string> {
  const files = readdirSync(folder).sort();
  return new Map(files.map((file) => [file, readFileSync(new URL(file, folder), 'utf8')]));
}
export const blocklistFiles = readFolder(blocklistsUrl);
export const presetFiles = readFolder(presetsUrl);
export const baselineFiles = readFolder(baselineUrl);

/** Plain YAML 1.2 or a list of complaints: no parse error, no warning, no anchor, alias or tag. */
export function parsePlain(text: string): { value: unknown; complaints: string[] } {
  const document = parseDocument(text, { version: '1.2', uniqueKeys: true });
  const complaints = [...document.errors, ...document.warnings].map((problem) => problem.message);
  visit(document, (_key, node) => {
    if (isAlias(node) || (isNode(node) && 'anchor' in node && node.anchor)) complaints.push(`anchor or alias: ${node}`);
  });
  return { value: complaints.length === 0 ? document.toJS() : undefined, complaints };
}

function appsIn(files: Map<string, string>): App[] {
  return [...files.values()].flatMap((text) => {
    const app = App.safeParse(parsePlain(text).value);
    return app.success ? [app.data] : [];
  });
}

/** All apps that have the right shape; format.test.ts reports the others. */
export const catalogue: App[] = appsIn(blocklistFiles);
/** Likewise the packs of names that managed devices need. */
export const baseline: App[] = appsIn(baselineFiles);

/** Parents that serve thousands of firms: a suffix on one of them reaches the names of strangers. */
export const sharedParents = [
  ...['akamaized.net', 'akamai.net', 'akamaihd.net', 'akadns.net', 'edgesuite.net', 'edgekey.net', 'cloudfront.net'],
  ...['fastly.net', 'map.fastly.net', 'cdn.cloudflare.net', 'footprint.net', 'myqcloud.com', 'mncdn.com', 'srip.net'],
  ...['cdn20.com', 'qlivecdn.com', 'ecdnx.com', 'volcfcdndvs.com', 'wsdvs.com', 'kunlunsl.com', 'rocket-cdn.com'],
  ...['atomile.com', 'swiftserve.com', 'ovscdns.net', 'tlivepush.com', 'queniuaa.com', 'spbycdn.com', 'cdnvideo.ru'],
  ...['appsflyersdk.com', 'onelink.me', 'app.link', 'tm.com.my', 'measurement-prod.akadns.net', 'alicdn.com'],
  ...['googleapis.com', 'gstatic.com', 'apple.com', 'microsoft.com', 'windows.com', 'qq.com', 'azureedge.net'],
];

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Lower-case ASCII host name as it is written on the wire, without the trailing dot. */
export function isCanonical(name: string): boolean {
  return name.length <= 253 && name.includes('.') && name.split('.').every((part) => label.test(part));
}

/** Whether a suffix on `name` would reach the names of strangers. */
export function isShared(name: string): boolean {
  const suffix = getPublicSuffix(name, { allowPrivateDomains: true });
  return sharedParents.includes(name) || getDomain(name) === null || suffix === name;
}

/**
 * The rule of `app` for `name`, or undefined: the deepest suffix, exact or below rule, tried from the whole name up.
 * At one depth exact comes before suffix.
 */
export function longestMatch(app: App, name: string): Name | undefined {
  const labels = name.split('.');
  for (let depth = 0; depth < labels.length; depth++) {
    const tail = labels.slice(depth).join('.');
    const here = app.names.filter((rule) => rule.name === tail);
    const hit =
      (depth === 0 ? here.find((rule) => rule.match === 'exact') : here.find((rule) => rule.match === 'below')) ??
      here.find((rule) => rule.match === 'suffix');
    if (hit) return hit;
  }
  return undefined;
}
