// Reads an app file of the catalogue: who runs the app, where it is managed, and its names with facet and source.

import * as z from 'zod';
import { ACTION, FACETS, type Facet, NAME_MATCHES, type RuleSink } from '../policy/rule.ts';
import { type AppHead, appHead, word } from '../settings/app-head.ts';
import { readDocument } from '../settings/document.ts';
import type { Path, Problem } from '../settings/problems.ts';
import { shapeProblems } from '../settings/shape.ts';
import { wireFromText } from '../wire/name-text.ts';
import { refusal } from './guard.ts';

export interface AppName {
  /** Canonical text. */
  name: string;
  match: (typeof NAME_MATCHES)[number];
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

/** The head of its file (`settings/app-head.ts`), and its names. */
export interface App extends AppHead {
  names: AppName[];
  rejected: RejectedName[];
}

const text = z.string().min(1);
const header = appHead
  .extend({ names: z.array(z.unknown()).meta({ description: 'Its names.' }) })
  .superRefine(({ names, unreachable }, context) => {
    const refuse = (message: string, fix: string) =>
      context.addIssue({ code: 'custom', path: ['names'], message, params: { fix }, input: names });
    if (names.length === 0 && unreachable === null) {
      refuse('the list is empty', 'write its names, or say under "unreachable" why no rule on names reaches the app');
    } else if (names.length > 0 && unreachable !== null) {
      refuse('an app that no rule on names reaches has names', 'remove "unreachable", or write names: []');
    }
  });

const entry = z.strictObject({
  name: text.meta({ examples: ['tiktok.com'] }),
  match: z.enum(NAME_MATCHES).meta({ examples: ['suffix'] }),
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
    const refused = refusal(name, NAME_MATCHES.indexOf(match));
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
    if (wire) sink.rule(wire, NAME_MATCHES.indexOf(match), ACTION.BLOCK, FACETS.indexOf(facet), line);
  }
  for (const { line, column, reason, text: excerpt } of app.rejected) sink.reject(line, column, reason, excerpt);
}
