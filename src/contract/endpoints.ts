import { z } from 'zod';

export const EndpointId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'lower-case letters, digits, - and _');

/** Dollars per million tokens. */
export const Price = z.strictObject({
  input: z.number().nonnegative().describe('US dollars per million input tokens.'),
  output: z.number().nonnegative().describe('US dollars per million output tokens.'),
});

export const Endpoint = z.strictObject({
  base_url: z.url({ protocol: /^https?$/ }).describe('OpenAI-compatible base URL, ending in /v1 for most servers.'),
  model: z.string().min(1).optional().describe('Model to ask for. Left out: the first one the server lists.'),
  key_env: z
    .string()
    .regex(/^[A-Z_][A-Z0-9_]*$/)
    .optional()
    .describe('Environment variable that holds the key for the terminal. The editor keeps keys in SecretStorage.'),
  price: Price.optional(),
  timeout_s: z.number().positive().optional().describe('Seconds to wait for one answer (default 600).'),
  max_concurrency: z
    .number()
    .int()
    .positive()
    .max(4096)
    .optional()
    .describe('Never more requests in flight than this.'),
  context_tokens: z.number().int().positive().optional().describe("The model's context window in tokens."),
  small: z.boolean().optional().describe('True: below 3B parameters, use the small-model prompt profile.'),
});
export type Endpoint = z.infer<typeof Endpoint>;

/**
 * `~/.config/smt/endpoints.yaml`, or the file in `SMT_CONFIG`: the only place where an endpoint id gets a URL.
 * A workspace cannot define one (design §4). The id `builtin` is reserved for the model we start ourselves.
 */
export const EndpointRegistry = z.strictObject({
  v: z.literal(1).optional(),
  endpoints: z.record(EndpointId, Endpoint).default({}),
  /** A GGUF file for the built-in server instead of SmolLM2-135M-Instruct. */
  builtin: z
    .strictObject({
      gguf: z.string().optional().describe('Path of a GGUF model file.'),
      context_tokens: z.number().int().positive().optional(),
      small: z.boolean().optional().describe('False: the GGUF has at least 3B parameters, use the normal prompts.'),
    })
    .optional(),
  /** Origins (scheme://host:port) that a person has agreed to send documents to. */
  consented_origins: z.array(z.string()).optional(),
});
export type EndpointRegistry = z.infer<typeof EndpointRegistry>;
