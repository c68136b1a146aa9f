/** About 6 KB of text a document, each request with a mark `[[id:000123]]` that the mock server counts. */
const WORDS =
  'the of water pump energy board winter phase project saving measure drive utility region delay question answer cost year plan network pressure valve station city county engineer report budget figure model sensor data quality leak repair pipe reservoir treatment chemical staff shift training contract supplier tender grid tariff peak load night valley mountain river dam flood drought policy law audit review'.split(
    ' ',
  );

/** Distinct texts; more requests than that are further replicas with a mark of their own. */
export const POOL = 2000;

function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function documents(count = POOL) {
  const draw = random(7);
  return Array.from({ length: count }, () => {
    const sentences = [];
    for (let length = 0; length < 5950; ) {
      const words = Array.from({ length: 6 + Math.floor(draw() * 12) }, () => WORDS[Math.floor(draw() * WORDS.length)]);
      const sentence = `${words.join(' ')}. `;
      sentences.push(sentence[0].toUpperCase() + sentence.slice(1));
      length += sentence.length;
    }
    return sentences.join('');
  });
}

export const mark = (index) => `[[id:${String(index).padStart(6, '0')}]]`;
export const INSTRUCTION = 'Summarise this document.';
