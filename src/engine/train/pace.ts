import type { JobStatus } from '../../contract/events.ts';
import type { Machine } from '../jobs/ssh/index.ts';

/** Tokens per second of all devices together, `[low, high]`, and what that rests on. */
export interface Pace {
  tokensPerSecond: readonly [low: number, high: number];
  basis: string;
}

/** An earlier run whose pace was measured. */
export interface MeasuredRun {
  status: JobStatus;
  model: string;
}

/** Dense bf16 peak in TFLOP/s of the makers' data sheets, by a part of the name `nvidia-smi` gives. */
const PEAKS: readonly (readonly [name: RegExp, teraflops: number])[] = [
  [/B200|GB200/i, 2250],
  [/H200|H100/i, 989],
  [/A100|A800/i, 312],
  [/L40S/i, 362],
  [/RTX ?(?:PRO )?6000/i, 250],
  [/5090/, 210],
  [/4090/, 165],
  [/A6000|A40/i, 150],
  [/L4\b/i, 121],
  [/3090/, 71],
  [/V100/i, 112],
  [/T4/i, 65],
];
/**
 * Share of the peak that fine-tuning through TRL may reach; wide, as it is no measurement of this machine. A small model
 * keeps a GPU waiting: 135 million parameters reached 8 % of an H200 (docs/benchmarks.md).
 */
const GPU_SHARE = [0.05, 0.45] as const;
/** GFLOP/s of a CPU core in fp32 PyTorch: SmolLM2-135M took 97 tokens/s on two free cores (≈ 40 a core). */
const CORE_GFLOPS = [10, 60] as const;

/**
 * How fast a target trains: measured by earlier runs of this model on this target, else 6 FLOPs a parameter and token
 * (Kaplan et al. 2020) over what such a device reaches.
 * @param earlier runs of the same target
 */
export function paceOf(
  model: string,
  parameters: number | null,
  machine: Machine,
  earlier: readonly MeasuredRun[],
): Pace | null {
  const measured = earlier
    .filter((run) => run.model === model)
    .map(({ status }) => status.metrics?.train_tokens_per_second ?? 0)
    .filter((pace) => pace > 0);
  if (measured.length > 0) {
    const [low, high] = [Math.min(...measured), Math.max(...measured)];
    const runs = measured.length === 1 ? 'the run before' : `${measured.length} runs before`;
    return { tokensPerSecond: [low * 0.8, high * 1.15], basis: `Time: from ${runs} of this model on this target.` };
  }
  if (parameters === null) return null;
  const flops = 6 * parameters;
  const [gpu] = machine.gpus;
  if (gpu) {
    const peak = PEAKS.find(([name]) => name.test(gpu.name))?.[1];
    if (peak === undefined) return null;
    const [low, high] = GPU_SHARE.map((share) => (share * peak * 1e12 * machine.gpus.length) / flops);
    return {
      tokensPerSecond: [low ?? 0, high ?? 0],
      basis: `Time: 6 FLOPs a parameter and token at 5–45 % of the ${peak} TFLOP/s of a ${gpu.name}; no run here was measured yet.`,
    };
  }
  const [low, high] = CORE_GFLOPS.map((each) => (each * 1e9 * machine.cores) / flops);
  return {
    tokensPerSecond: [low ?? 0, high ?? 0],
    basis: `Time: 6 FLOPs a parameter and token at 10–60 GFLOP/s on each of ${machine.cores} cores; no run here was measured yet.`,
  };
}
