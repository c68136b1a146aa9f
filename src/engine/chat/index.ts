/**
 * A talk with a served model: what it is sent for a question (earlier turns, retrieved passages, as much as its context
 * holds) and its answer as it comes. Nothing is kept here or on disk; who talks holds the turns.
 */
export { chatPrompt, type EarlierTurn, type PassagesFound, type ReadyPrompt } from './chatPrompt.ts';
export { contextOf, type ServedModel, type StreamPart, streamAnswer } from './servedModel.ts';
