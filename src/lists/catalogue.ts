// Reads an app file of the catalogue: who runs the app, where it is managed, and its names with facet and source.

import * as z from 'zod';
import { ACTION, FACETS, type Facet, MATCHES, type RuleSink } from '../policy/rule.ts';
import { readDocument } from '../settings/document.ts';
import type { Path, Problem } from '../settings/problems.ts';
import { shapeProblems } from '../settings/shape.ts';
import { wireFromText } from '../wire/name-text.ts';
import { refusal } from './guard.ts';

export interface AppName {
  /** Canonical text. */
  name: string;
  match: (typeof MATCHES)[number];
  facet: Exclude<Facet, 'none'>;
  /** Keys of the app's sources. */
  sources: string[];
  /** Other apps that lose parts with it. */
  also: string[];
  note: string;
  line: number;
}

/** An entry that gives no rule, with the reason. */
export interface RejectedName {
  line: number;
  column: number;
  reason: string;
  text: string;
}

export interface App {
  id: string;
  title: string;
  operator: string;
  /** Where the app is managed, by whose word and since when; null where no source says. Never guessed. */
  jurisdiction: { code: string; source: string; date: string } | null;
  sources: { key: string; name: string; licence: string; date: string }[];
  names: AppName[];
  rejected: RejectedName[];
}

const text = z.string().min(1);
const word = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/);
/** A year, a month or a day: what is known and no more. */
const when = z.string().regex(/^\d{4}(-\d{2}(-\d{2})?)?$/);

const header = z.strictObject({
  id: word.meta({ description: 'The app, as its file is called.', examples: ['tiktok'] }),
  title: text.meta({ description: 'What people call it.', examples: ['TikTok'] }),
  operator: text.meta({ description: 'Who runs it.', examples: ['ByteDance'] }),
  jurisdiction: z
    .strictObject({ code: z.string().regex(/^[A-Z]{2}$/), source: text, date: when })
    .nullable()
    .default(null)
    .meta({
      description: 'Where it is managed: ISO 3166-1 alpha-2.',
      examples: [{ code: 'CN', source: '…', date: '2023-03-10' }],
    }),
  sources: z
    .array(z.strictObject({ key: word, name: text, licence: text, date: when }))
    .min(1)
    .meta({
      description: 'Where the facts come from.',
      examples: [[{ key: 'v2fly', name: '…', licence: 'MIT', date: '2026-08-19' }]],
    }),
  names: z.array(z.unknown()).min(1).meta({ description: 'Its names.' }),
});

const entry = z.strictObject({
  name: text.meta({ examples: ['tiktok.com'] }),
  match: z.enum(MATCHES).meta({ examples: ['suffix'] }),
  facet: z
    .enum(FACETS)
    .exclude(['none'])
    .meta({ examples: ['app'] }),
  sources: z
    .array(word)
    .min(1)
    .meta({ examples: [['v2fly']] }),
  also: z.array(word).default([]),
  note: text.default(''),
});

type Entry = z.output<typeof entry>;

/** The wire form of a name of the catalogue; a text says why there is none. */
function wireOf(name: string): Uint8Array | string {
  if (name !== name.toLowerCase()) return 'write the name in lower case';
  if (name.endsWith('.')) return 'write the name without the dot at its end';
  return wireFromText(name) ?? 'no domain name; an internationalised one is written as its xn-- form';
}

class AppReader {
  readonly document: ReturnType<typeof readDocument>;
  readonly names: AppName[] = [];
  readonly rejected: RejectedName[] = [];
  /** Names taken so far, with their line. */
  readonly taken = new Map<string, number>();
  readonly keys: ReadonlySet<string>;

  constructor(document: ReturnType<typeof readDocument>, keys: ReadonlySet<string>) {
    this.document = document;
    this.keys = keys;
  }

  reject(path: Path, reason: string, name: string): void {
    const { line, column } = this.document.place(path);
    this.rejected.push({ line, column, reason, text: name });
  }

  take(raw: unknown, index: number) {
    const path = ['names', index];
    const parsed = entry.safeParse(raw);
    if (parsed.success) return this.takeEntry(parsed.data, path);
    const tree = {
      root: raw,
      place: (inner: Path, part?: 'key' | 'value') => this.document.place([...path, ...inner], part),
    };
    const [problem] = shapeProblems(entry, tree, parsed.error.issues);
    const { line, column, message, fix } = problem;
    this.rejected.push({
      line,
      column,
      reason: `${message}; ${fix}`,
      text: String((raw as Partial<Entry> | null)?.name ?? ''),
    });
  }

  takeEntry(data: Entry, path: Path) {
    const { name, match } = data;
    const { line } = this.document.place(path);
    const wire = wireOf(name);
    if (typeof wire === 'string') return this.reject([...path, 'name'], wire, name);
    const refused = refusal(name, MATCHES.indexOf(match));
    if (refused) return this.reject([...path, 'name'], refused, name);
    const strange = data.sources.findIndex((key) => !this.keys.has(key));
    if (strange >= 0) return this.reject([...path, 'sources', strange], 'no source of this file has that key', name);
    const key = `${match} ${name}`;
    const before = this.taken.get(key);
    if (before !== undefined) return this.reject([...path, 'name'], `there already, on line ${before}`, name);
    this.taken.set(key, line);
    this.names.push({ ...data, line });
  }
}

/**
 * Reads an app file. What is wrong with the file as a whole is a problem, and leaves no app; what is wrong with one
 * name leaves out that name, under `rejected`. Never throws.
 */
export function readApp(file: string, source: string): { app?: App; problems: Problem[] } {
  const document = readDocument(file, source);
  if (document.problems.length > 0) return { problems: document.problems };
  const tree = { root: document.root ?? {}, place: document.place };
  const parsed = header.safeParse(tree.root);
  if (!parsed.success) return { problems: shapeProblems(header, tree, parsed.error.issues) };
  const { names, ...about } = parsed.data;
  const reader = new AppReader(document, new Set(about.sources.map(({ key }) => key)));
  for (const [index, raw] of names.entries()) reader.take(raw, index);
  return { app: { ...about, names: reader.names, rejected: reader.rejected }, problems: [] };
}

/** Hands an app's names to `sink`, each with the line where it stands. */
export function feedApp(app: App, sink: RuleSink): void {
  for (const { name, match, facet, line } of app.names) {
    const wire = wireFromText(name);
    if (wire) sink.rule(wire, MATCHES.indexOf(match), ACTION.BLOCK, FACETS.indexOf(facet), line);
  }
  for (const { line, column, reason, text: excerpt } of app.rejected) sink.reject(line, column, reason, excerpt);
}
