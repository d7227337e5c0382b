// sluis schema: the JSON Schema of the configuration, as config/schema.json has it.

import { settingsSchemaText } from '../settings/schema.ts';
import { type Command, EXIT } from './command.ts';

export const schema: Command = {
  name: 'schema',
  summary: 'Print the JSON Schema of the configuration, for editors.',
  usage: 'Usage: sluis schema > config/schema.json\n',
  run: async (_args, around) => {
    around.out(settingsSchemaText());
    return EXIT.OK;
  },
};
