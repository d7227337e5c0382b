// Finding one's way in the option table: what may stand at a path, what it is called, and which leaves there are.

import * as z from 'zod';
import type { Path } from './problems.ts';

type Schema = z.core.$ZodType;

/** The schema under defaults, transforms and the like: what an author writes against. */
export function bare(schema: Schema): Schema {
  const { def } = schema._zod;
  if ('innerType' in def) return bare(def.innerType as Schema);
  if (def.type === 'pipe') return bare((def as z.core.$ZodPipeDef).in);
  return schema;
}

/** The alternatives that may stand here: those of a union, or the schema itself. */
function alternatives(schema: Schema): Schema[] {
  const inner = bare(schema);
  if (!(inner instanceof z.ZodUnion)) return [inner];
  return (inner.options as Schema[]).flatMap(alternatives);
}

function child(schema: Schema, part: string | number): Schema | undefined {
  for (const inner of alternatives(schema)) {
    if (inner instanceof z.ZodObject && Object.hasOwn(inner.shape, part)) return inner.shape[part];
    if (inner instanceof z.ZodRecord) return inner.def.valueType as Schema;
    if (inner instanceof z.ZodArray && typeof part === 'number') return inner.element as Schema;
  }
  return undefined;
}

/** What may stand at `path`, or undefined where no option can. */
export function schemaAt(schema: Schema, path: Path): Schema | undefined {
  let at: Schema | undefined = schema;
  for (const part of path) {
    if (at === undefined) return undefined;
    at = child(at, part);
  }
  return at;
}

/** The keys that may stand in the object at `path`. */
export function keysAt(schema: Schema, path: Path): string[] {
  const at = schemaAt(schema, path);
  if (at === undefined) return [];
  return alternatives(at).flatMap((inner) => {
    if (inner instanceof z.ZodObject) return Object.keys(inner.shape);
    const keys = inner instanceof z.ZodRecord ? inner.keyType : undefined;
    return keys instanceof z.ZodEnum ? keys.options.map(String) : [];
  });
}

/** An example of what may stand at `path`, as YAML on one line. */
export function exampleAt(schema: Schema, path: Path): string | undefined {
  let at = schemaAt(schema, path);
  while (at !== undefined) {
    const examples = z.globalRegistry.get(at)?.examples as unknown[] | undefined;
    if (examples && examples.length > 0) return flow(examples[0]);
    const inner = bare(at);
    if (inner instanceof z.ZodObject) {
      const [key] = Object.keys(inner.shape);
      const first = exampleAt(inner, [key]);
      return first === undefined ? undefined : `{ ${key}: ${first} }`;
    }
    const { def }: { def: object } = at._zod;
    at = 'innerType' in def ? (def.innerType as Schema) : 'in' in def ? (def.in as Schema) : undefined;
  }
  return undefined;
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) {
    const text = String(value);
    return typeof value === 'string' && (/[:[\]{}#,]/.test(text) || text === 'null') ? `"${text}"` : text;
  }
  const entries = Object.entries(value).map(([key, inner]) => `${key}: ${flow(inner)}`);
  return `{ ${entries.join(', ')} }`;
}

export interface Leaf {
  path: string[];
  /** Whether several values may stand there. */
  several: boolean;
  /** Words that stand for the whole, such as `system`. */
  words: string[];
  /** Whether a number may stand there. */
  number: boolean;
}

/** Every option that one text can set: single values and lists of texts, in the order of the table. */
export function leaves(schema: Schema, path: string[] = []): Leaf[] {
  const inner = bare(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([key, value]) => leaves(value as Schema, [...path, key]));
  }
  const kinds = alternatives(schema);
  const arrays = kinds.filter((kind) => kind instanceof z.ZodArray);
  if (arrays.some((kind) => !(bare(kind.element as Schema) instanceof z.ZodString))) return [];
  if (kinds.some((kind) => kind instanceof z.ZodRecord || kind instanceof z.ZodObject)) return [];
  const words = kinds.flatMap((kind) => (kind instanceof z.ZodLiteral ? [...kind.values].map(String) : []));
  const number = kinds.some((kind) => kind instanceof z.ZodNumber);
  return [{ path, several: arrays.length > 0, words, number }];
}
