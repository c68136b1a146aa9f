import { z } from 'zod';
import { ProjectBase } from '../../contract/project.ts';
import type { Method } from '../synth/types.ts';

/** A method's section of `smt.yaml` as written: `enabled` and raw options, completed by the profile's own schema. */
export interface MethodConfig {
  enabled: boolean;
  options: Readonly<Record<string, unknown>>;
}

export type ProjectConfig = Omit<ProjectBase, 'methods'> & { methods: Readonly<Record<string, MethodConfig>> };

type Registry = readonly Pick<Method, 'id' | 'label' | 'description' | 'options'>[];

/**
 * The whole schema of `smt.yaml`: the base of the contract plus a section per method. The methods of all prompt
 * profiles are passed; a method that exists in several profiles takes the options of each, and every profile reads
 * only its own, so one file serves both.
 */
export function projectSchema(registries: readonly Registry[]) {
  const sections: Record<string, z.ZodType<MethodConfig>> = {};
  for (const id of new Set(registries.flat().map((method) => method.id))) {
    const variants = registries.flat().filter((method) => method.id === id);
    const shape: Record<string, z.ZodType> = {};
    for (const variant of [...variants].reverse()) {
      for (const [key, option] of Object.entries(optionShape(variant.options))) {
        shape[key] = withoutDefault(option).optional();
      }
    }
    sections[id] = z
      .strictObject({ enabled: z.boolean().default(true).describe('False: leave this method out.'), ...shape })
      .describe(variants[0]?.description ?? id)
      .prefault({})
      .transform(({ enabled, ...options }): MethodConfig => ({ enabled: enabled !== false, options }));
  }
  return ProjectBase.extend({
    methods: z.strictObject(sections).prefault({}).describe('How synthetic data is made. Each section is one method.'),
  });
}

/** A method's options with its profile's defaults. Keys of other profiles are left aside. */
export function methodOptions<Options>(
  config: ProjectConfig,
  method: Pick<Method<Options>, 'id' | 'options'>,
): Options {
  const known = new Set(Object.keys(optionShape(method.options)));
  const written = config.methods[method.id]?.options ?? {};
  return method.options.parse(Object.fromEntries(Object.entries(written).filter(([key]) => known.has(key))));
}

/** The fields of an options schema; empty for one that is no object. */
export function optionShape(options: z.ZodType): Readonly<Record<string, z.ZodType>> {
  if (!(options instanceof z.ZodObject)) return {};
  const shape: Record<string, z.ZodType> = {};
  for (const [key, value] of Object.entries(options.shape)) if (value instanceof z.ZodType) shape[key] = value;
  return shape;
}

/** Validation without filling in: a default of one profile must not hide what the person left open for another. */
function withoutDefault(option: z.ZodType): z.ZodType {
  if (!(option instanceof z.ZodDefault || option instanceof z.ZodPrefault)) return option;
  const inner = option.unwrap();
  if (!(inner instanceof z.ZodType)) return option;
  const description = option.description ?? inner.description;
  const value = z.toJSONSchema(option, { io: 'input', unrepresentable: 'any' }).default;
  const shown = value === undefined ? inner : inner.meta({ ...inner.meta(), default: value });
  return description ? shown.describe(description) : shown;
}
