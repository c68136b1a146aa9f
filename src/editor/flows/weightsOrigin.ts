/** Whose token a gated model's weights need; kept like an endpoint's key, by origin. */
export const WEIGHTS_ORIGIN = 'https://huggingface.co';
