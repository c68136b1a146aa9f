import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Environment in which a person's own files and keys are out of reach: no test reads or writes those of whoever runs it.
 * @param scratch temporary folder of the test run
 * @param endpoints entries of the endpoints registry (`~/.config/smt/endpoints.yaml` of this person), if any
 */
export function personEnvironment(
  scratch: string,
  endpoints?: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const config = join(scratch, 'config');
  mkdirSync(config, { recursive: true });
  const registry = join(config, 'endpoints.yaml');
  if (endpoints) writeFileSync(registry, JSON.stringify({ endpoints }, null, 2)); // JSON is YAML
  return {
    SMT_CONFIG: registry,
    SMT_TARGETS: join(config, 'targets.yaml'),
    XDG_CONFIG_HOME: config,
    OPENAI_API_KEY: '',
  };
}
