// The option table as JSON Schema, for editors that complete and check as one types.

import * as z from 'zod';
import { options } from './options.ts';

/** JSON Schema (draft 7) of the configuration file. */
export function settingsSchema(): object {
  const schema = z.toJSONSchema(options, { target: 'draft-7', io: 'input' });
  return { ...schema, title: 'Sluis configuration' };
}

/** The text of `config/schema.json`. */
export function settingsSchemaText(): string {
  return `${JSON.stringify(settingsSchema(), null, 2)}\n`;
}
