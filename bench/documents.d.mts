export const POOL: number;
export const INSTRUCTION: string;
export function documents(count?: number): string[];
export function mark(index: number): string;
