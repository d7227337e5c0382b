// The JSON Schema for editors is what the option table makes, and says what people need while they type.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { leaves } from '../../src/settings/option-walk.ts';
import { options } from '../../src/settings/options.ts';
import { settingsSchema, settingsSchemaText } from '../../src/settings/schema.ts';

test('config/schema.json is up to date (npm run -s schema > config/schema.json)', () => {
  expect(readFileSync(join(import.meta.dirname, '../../config/schema.json'), 'utf8')).toBe(settingsSchemaText());
});

interface Node {
  properties?: Record<string, Node>;
  items?: Node;
  anyOf?: Node[];
  description?: string;
}

function undescribed(node: Node, path = ''): string[] {
  const inner = Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
    ...(child.description ? [] : [`${path}.${key}`]),
    ...undescribed(child, `${path}.${key}`),
  ]);
  const others = [...(node.anyOf ?? []), ...(node.items ? [node.items] : [])];
  return [...inner, ...others.flatMap((child) => undescribed(child, path))];
}

test('every option has a description', () => {
  expect(undescribed(settingsSchema() as Node)).toEqual([]);
});

test('every example is a value that the table takes', () => {
  for (const { path } of leaves(options)) {
    const schema = path.reduce<Node>((node, key) => node.properties![key], settingsSchema() as Node);
    const examples = (schema as { examples?: unknown[] }).examples ?? [];
    for (const example of examples) {
      const root = path.reduceRight<unknown>((value, key) => ({ [key]: value }), example);
      expect(z.safeParse(options, root).error?.issues ?? []).toEqual([]);
    }
  }
});
