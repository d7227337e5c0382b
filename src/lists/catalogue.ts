// Reads an app file of the catalogue: who runs the app, where it is managed, and its names with facet and source.

import * as z from 'zod';
import { ACTION, FACETS, type Facet, NAME_MATCHES, type RuleSink } from '../policy/rule.ts';
import { type AppHead, appHead, word } from '../settings/app-head.ts';
import { problemAt, readDocument } from '../settings/document.ts';
import { suggest } from '../settings/nearest.ts';
import { fileProblem, type Path, type Problem, type Trouble } from '../settings/problems.ts';
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

/** The head of its file (`settings/app-head.ts`), and its names. */
export interface App extends AppHead {
  names: AppName[];
}

/** Of more problems with names, how many there are. */
const SHOWN_PROBLEMS = 100;

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

/** Where in the file an entry stands, for what is said of its parts. */
const whole = appHead.extend({ names: z.array(entry) });

/** Whether the name can be a rule: a form that it needs, and a guard of what belongs to strangers. */
function troubleOf({ name, match }: Entry): Trouble | undefined {
  if (name !== name.toLowerCase()) {
    return { message: `the name "${name}" has capitals`, fix: 'write the name in lower case' };
  }
  if (name.endsWith('.')) {
    return { message: `the name "${name}" ends in a dot`, fix: 'write the name without the dot at its end' };
  }
  if (!wireFromText(name)) {
    const fix = 'write labels with dots between them, an internationalised name in its xn-- form';
    return { message: `"${name}" is no domain name`, fix };
  }
  const refused = refusal(name, NAME_MATCHES.indexOf(match));
  if (refused === undefined) return undefined;
  const fix = 'write names beneath it, or match: exact, which takes this name alone';
  return { message: `"${name}" with match: ${match} is refused: ${refused}`, fix };
}

class AppReader {
  readonly document: ReturnType<typeof readDocument>;
  readonly names: AppName[] = [];
  readonly problems: Problem[] = [];
  /** Names taken so far, with their line. */
  readonly taken = new Map<string, number>();
  readonly keys: ReadonlySet<string>;

  constructor(document: ReturnType<typeof readDocument>, keys: ReadonlySet<string>) {
    this.document = document;
    this.keys = keys;
  }

  refuse(path: Path, { message, fix }: Trouble): void {
    this.problems.push(problemAt(this.document, path, message, fix));
  }

  take(raw: unknown, index: number) {
    const path = ['names', index];
    const parsed = entry.safeParse(raw);
    if (parsed.success) return this.takeEntry(parsed.data, path);
    const issues = parsed.error.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
    this.problems.push(...shapeProblems(whole, this.document, issues));
  }

  takeEntry(data: Entry, path: Path) {
    const { name, match } = data;
    const trouble = troubleOf(data);
    if (trouble) return this.refuse([...path, 'name'], trouble);
    const strange = data.sources.findIndex((key) => !this.keys.has(key));
    if (strange >= 0) {
      const message = `no source of this file has the key "${data.sources[strange]}"`;
      return this.refuse([...path, 'sources', strange], {
        message,
        fix: suggest(data.sources[strange], this.keys, 'source'),
      });
    }
    const key = `${match} ${name}`;
    const before = this.taken.get(key);
    if (before !== undefined) {
      const message = `"${name}" is there already, on line ${before}`;
      return this.refuse([...path, 'name'], { message, fix: 'remove one of the two' });
    }
    const { line } = this.document.place(path);
    this.taken.set(key, line);
    this.names.push({ ...data, line });
  }
}

/**
 * Reads an app file. It is kept by hand, so whatever is wrong with it, a single name of it too, is a problem, and
 * leaves no app. Never throws.
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
  const { problems } = reader;
  if (problems.length === 0) return { app: { ...about, names: reader.names }, problems };
  const more = problems.length - SHOWN_PROBLEMS;
  if (more <= 0) return { problems };
  const rest = fileProblem(file, `${more} more names are wrong`, 'mend those that are told, and check again');
  return { problems: [...problems.slice(0, SHOWN_PROBLEMS), rest] };
}

/** Hands an app's names to `sink`, each with the line where it stands. */
export function feedApp(app: App, sink: RuleSink): void {
  for (const { name, match, facet, line } of app.names) {
    const wire = wireFromText(name);
    if (wire) sink.rule(wire, NAME_MATCHES.indexOf(match), ACTION.BLOCK, FACETS.indexOf(facet), line);
  }
}
