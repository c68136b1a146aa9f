import { basename, resolve } from 'node:path';
import type { MixParams, MixturePart, MixtureSettings } from '../../contract/dataset.ts';
import type { SampleKind } from '../../contract/sample.ts';
import { methodsFor } from '../synth/index.ts';

/** A part of a mixture with its share of the synthetic tokens. */
export interface Part {
  label: string;
  kind: SampleKind;
  /** Empty: all of the kind. */
  methods: readonly string[];
  /** Share of 1. */
  share: number;
  /** Folder of another project; undefined: this one. */
  project: string | undefined;
  /** As `smt.yaml` says it, narrowed to the methods asked for. */
  written: MixturePart;
}

/** The kind of each method that the product knows. */
export function methodKinds(): ReadonlyMap<string, SampleKind> {
  return new Map([...methodsFor('small'), ...methodsFor('standard')].map(({ id, kind }) => [id, kind]));
}

/**
 * The parts of a mixture as `smt.yaml` names them. With `methods` (experiments), each part keeps only those, and a part
 * of which nothing is left falls away: `methods: [qa]` is a mixture of QAs alone.
 */
export function partsOf(
  settings: Pick<MixtureSettings, 'parts'>,
  root: string,
  methods: MixParams['methods'] = [],
  kinds: ReadonlyMap<string, SampleKind> = methodKinds(),
): Part[] {
  const chosen = settings.parts.flatMap((part) => narrowed(part, methods, kinds));
  const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
  const labels = new Map<string, number>();
  return chosen.map((part) => {
    const plain = labelOf(part);
    const times = (labels.get(plain) ?? 0) + 1;
    labels.set(plain, times);
    return {
      label: times > 1 ? `${plain} (${times})` : plain,
      kind: part.kind,
      methods: part.methods,
      share: part.weight / weights,
      project: part.project === undefined ? undefined : resolve(root, part.project),
      written: part,
    };
  });
}

/** Does a part take this sample? A sample that several parts would take belongs to the first. */
export function takes(part: Part, sample: { kind: SampleKind; method: string }): boolean {
  return part.kind === sample.kind && (part.methods.length === 0 || part.methods.includes(sample.method));
}

function narrowed(
  part: MixturePart,
  methods: readonly string[],
  kinds: ReadonlyMap<string, SampleKind>,
): MixturePart[] {
  if (methods.length === 0) return [part];
  const wanted =
    part.methods.length > 0
      ? part.methods.filter((method) => methods.includes(method))
      : methods.filter((method) => (kinds.get(method) ?? part.kind) === part.kind);
  return wanted.length === 0 ? [] : [{ ...part, methods: wanted }];
}

function labelOf({ kind, methods, project }: MixturePart): string {
  const what = methods.length === 0 ? kind : `${kind}: ${methods.join(', ')}`;
  return project === undefined ? what : `${what} of ${basename(project)}`;
}
