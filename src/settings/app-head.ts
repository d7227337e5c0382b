// The head of an app file, all but its names: who runs the app, where it is managed and on whose word, what continues it.

import * as z from 'zod';
import { readDocument } from './document.ts';
import type { Problem } from './problems.ts';
import { shapeProblems } from './shape.ts';

const text = z.string().min(1);
export const word = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/);
/** A year, a month or a day: what is known and no more. */
const when = z.string().regex(/^\d{4}(-\d{2}(-\d{2})?)?$/);

export const appHead = z.strictObject({
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
  contested: z
    .strictObject({ by: text, reason: text })
    .nullable()
    .default(null)
    .meta({
      description:
        'Who disputes that it is managed there, and why; a policy by jurisdiction leaves it out unless told.',
      examples: [{ by: 'its operator', reason: '…' }],
    }),
  successors: z
    .array(word)
    .default([])
    .meta({ description: 'Apps that continue it: a policy that names it covers them too.', examples: [['tiktok']] }),
  unreachable: text
    .nullable()
    .default(null)
    .meta({ description: 'Why no rule on names reaches it; it has no names then.', examples: ['it has no server'] }),
  sources: z
    .array(z.strictObject({ key: word, name: text, licence: text, date: when }))
    .min(1)
    .meta({
      description: 'Where the facts come from.',
      examples: [[{ key: 'v2fly', name: '…', licence: 'MIT', date: '2026-08-19' }]],
    }),
});

export type AppHead = z.output<typeof appHead>;

/** Names are for the reader of rules. */
const beforeNames = appHead.extend({ names: z.unknown().optional() });

function parsed(file: string, source: string): { head?: AppHead; problems: Problem[] } {
  const document = readDocument(file, source);
  if (document.problems.length > 0) return { problems: document.problems };
  const tree = { root: document.root ?? {}, place: document.place };
  const result = beforeNames.safeParse(tree.root);
  if (!result.success) return { problems: shapeProblems(beforeNames, tree, result.error.issues) };
  const { names: _, ...head } = result.data;
  return { head, problems: [] };
}

/** The facets of its names as they are written, in comments too: one too many rather than one too few. */
export function facetsIn(source: string): string[] {
  return [...new Set([...source.matchAll(/\bfacet["']?\s*:\s*["']?(\w+)/g)].map(([, facet]) => facet))];
}

/**
 * Reads the head of an app file; a file without one is a problem. Names are passed over unread where they come last,
 * as they do in all files of ours: they are most of the file, and only a build needs them. Never throws.
 */
export function readAppHead(file: string, source: string): { head?: AppHead; problems: Problem[] } {
  const at = source.search(/^names:/m);
  const last = at >= 0 && !/^[^\s#-]/m.test(source.slice(at + 'names:'.length));
  const short = last ? parsed(file, source.slice(0, at)) : undefined;
  return short?.head ? short : parsed(file, source);
}
