// Reads a file of names that lead round the resolver: by protocol and match, a name a line, compact as hundreds are one kind.

import * as z from 'zod';
import { ACTION, FACET_NONE, NAME_MATCHES, type RuleSink } from '../policy/rule.ts';
import { readDocument } from '../settings/document.ts';
import type { Problem } from '../settings/problems.ts';
import { shapeProblems } from '../settings/shape.ts';
import { wireFromText } from '../wire/name-text.ts';
import { refusal } from './guard.ts';
import type { ListCount } from './intake.ts';

const text = z.string().min(1);
const word = z.string().regex(/^[a-z0-9][a-z0-9-]*$/);

const shape = z.strictObject({
  id: word.meta({ description: 'The kind.', examples: ['doh'] }),
  title: text.meta({ description: 'What people call it.', examples: ['Encrypted DNS'] }),
  sources: z
    .array(z.strictObject({ key: word, name: text, licence: text, date: text }))
    .min(1)
    .meta({ description: 'Where the facts come from.', examples: [[]] }),
  names: z
    .array(
      z.strictObject({
        protocols: z
          .array(z.enum(['doh', 'dot', 'doq', 'odoh']))
          .default([])
          .meta({ description: 'What the servers are known to speak, where they are servers.', examples: [['doh']] }),
        match: z.enum(NAME_MATCHES).meta({ description: 'As in an app file.', examples: ['exact'] }),
        names: text.meta({ description: 'The names, one a line, in lower case.', examples: ['dns.google'] }),
      }),
    )
    .min(1)
    .meta({ description: 'Names that have protocols and match in common.', examples: [[]] }),
});

/** Why the name cannot be a rule, or its wire form. */
function wireOf(name: string, match: number): Uint8Array | string {
  if (name !== name.toLowerCase() || name.endsWith('.'))
    return 'write the name in lower case, without a dot at its end';
  return refusal(name, match) ?? wireFromText(name) ?? 'no domain name';
}

/**
 * Feeds the names of the file `file`, whose text is `source`, to `sink`, each with its line. What is wrong with the
 * file as a whole is a problem, and gives no rule; a name that is none goes to the sink.
 */
export function feedBypass(file: string, source: string, sink: RuleSink): ListCount & { problems: Problem[] } {
  const count: ListCount = { lines: 0, rules: 0, rejects: 0, left: 0, passed: 0 };
  const document = readDocument(file, source);
  if (document.problems.length > 0) return { ...count, problems: document.problems };
  const tree = { root: document.root ?? {}, place: document.place };
  const parsed = shape.safeParse(tree.root);
  if (!parsed.success) return { ...count, problems: shapeProblems(shape, tree, parsed.error.issues) };
  for (const [at, { match, names }] of parsed.data.names.entries()) {
    // A block of text, whose first line is the one after its mark: hundreds of YAML nodes would take longer to read.
    const { line } = document.place(['names', at, 'names']);
    for (const [index, name] of names.trimEnd().split('\n').entries()) {
      take(name, NAME_MATCHES.indexOf(match), line + 1 + index, sink, count);
    }
  }
  return { ...count, problems: [] };
}

function take(name: string, match: number, line: number, sink: RuleSink, count: ListCount): void {
  const wire = wireOf(name, match);
  count.lines++;
  if (typeof wire === 'string') {
    count.rejects++;
    sink.reject(line, 1, wire, name);
  } else {
    count.rules++;
    sink.rule(wire, match, ACTION.BLOCK, FACET_NONE, line);
  }
}
