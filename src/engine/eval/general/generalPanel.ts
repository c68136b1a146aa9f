import type { ReadQuestion } from '../benchmarks/types.ts';

/** Id of the bundled general-ability panel: asked closed-book before and after training, beside the gain (recipe §4.7). */
export const GENERAL_PANEL = 'general';

type Choice = readonly [question: string, right: string, ...wrong: string[]];
type Short = readonly [question: string, right: string, ...accept: string[]];

const KNOWLEDGE: readonly Choice[] = [
  ['Which planet of the solar system is closest to the Sun?', 'Mercury', 'Venus', 'Mars', 'Saturn'],
  ['Which gas do green plants take in for photosynthesis?', 'carbon dioxide', 'helium', 'hydrogen', 'argon'],
  ['What is the capital of France?', 'Paris', 'Lyon', 'Madrid', 'Brussels'],
  [
    'Which ocean lies between Africa and Australia?',
    'the Indian Ocean',
    'the Atlantic Ocean',
    'the Arctic Ocean',
    'the Baltic Sea',
  ],
  ['Who wrote the play "Hamlet"?', 'William Shakespeare', 'Charles Dickens', 'Leo Tolstoy', 'Jane Austen'],
  [
    'At sea level, at which temperature does water boil?',
    '100 degrees Celsius',
    '50 degrees Celsius',
    '150 degrees Celsius',
    '0 degrees Celsius',
  ],
  ['Which organ pumps blood through the human body?', 'the heart', 'the liver', 'the lung', 'the kidney'],
  ['Which metal is liquid at room temperature?', 'mercury', 'iron', 'copper', 'gold'],
  ['In which country do you find the pyramids of Giza?', 'Egypt', 'Mexico', 'Peru', 'Greece'],
  ['How many legs does a spider have?', 'eight', 'six', 'ten', 'four'],
  ['Which language has the most native speakers in Brazil?', 'Portuguese', 'Spanish', 'French', 'Dutch'],
  ['What do bees collect from flowers to make honey?', 'nectar', 'resin', 'sap', 'dew'],
];

const REASONING: readonly Choice[] = [
  ['Anna is taller than Ben, and Ben is taller than Carl. Who is the shortest?', 'Carl', 'Anna', 'Ben', 'nobody'],
  ['Today is Wednesday. Which day is it in three days?', 'Saturday', 'Friday', 'Sunday', 'Monday'],
  ['Which word means the opposite of "ancient"?', 'modern', 'antique', 'elderly', 'historic'],
  [
    'Which one is not a fruit: the apple, the pear, the carrot or the cherry?',
    'the carrot',
    'the apple',
    'the pear',
    'the cherry',
  ],
  [
    'A train leaves at 9:40 and arrives at 10:25. How long does it travel?',
    '45 minutes',
    '35 minutes',
    '55 minutes',
    '65 minutes',
  ],
  [
    'All roses are flowers. This plant is a rose. Is it a flower, a tree, a stone or a bird?',
    'a flower',
    'a tree',
    'a stone',
    'a bird',
  ],
  ['Which word belongs into the gap: "She ___ two children"?', 'has', 'have', 'having', 'haves'],
  ['What comes next: 2, 4, 8, 16, …?', '32', '18', '20', '24'],
];

const ARITHMETIC: readonly Short[] = [
  ['What is 7 plus 8?', '15', 'fifteen'],
  ['What is 9 times 6?', '54', 'fifty-four'],
  ['What is 100 minus 37?', '63', 'sixty-three'],
  ['What is 84 divided by 7?', '12', 'twelve'],
  ['How many minutes are there in two hours?', '120', '120 minutes'],
  ['What is half of 250?', '125'],
  ['A book costs 12 dollars. What do three such books cost, in dollars?', '36', '36 dollars'],
  ['What is the square of 11?', '121'],
];

const INSTRUCTIONS: readonly Short[] = [
  ['Reply with the single word "yes" in capital letters.', 'YES'],
  ['Write the word "lamp" backwards.', 'pmal'],
  ['What is the first word of the sentence "Rivers run to the sea"?', 'Rivers'],
  ['What is the last letter of the word "garden"?', 'n'],
  ['Write the number seventeen in digits.', '17'],
  ['How many words are in the sentence "The cat sat on the mat"?', '6', 'six'],
  ['What is the plural of the word "mouse" (the animal)?', 'mice'],
  ['Which colour do you get when you mix blue and yellow paint?', 'green'],
];

const choicesOf = (type: string, list: readonly Choice[]): ReadQuestion[] =>
  list.map(([question, right, ...wrong], index) => {
    // The right choice stands at a place of its own in each question; prompts shuffle them again.
    const choices: string[] = [...wrong];
    const gold_choice = index % (wrong.length + 1);
    choices.splice(gold_choice, 0, right);
    return { id: `${type}-${index + 1}`, line: 1, question, choices, gold_choice, gold: right, type };
  });

const shortOf = (type: string, list: readonly Short[]): ReadQuestion[] =>
  list.map(([question, gold, ...accept], index) => ({
    id: `${type}-${index + 1}`,
    line: 1,
    question,
    gold,
    ...(accept.length > 0 ? { accept } : {}),
    type,
  }));

/** 36 short questions of our own: whether a model still knows, reasons, reckons and follows after training. */
export const generalQuestions: readonly ReadQuestion[] = [
  ...choicesOf('knowledge', KNOWLEDGE),
  ...choicesOf('reasoning', REASONING),
  ...shortOf('arithmetic', ARITHMETIC),
  ...shortOf('instructions', INSTRUCTIONS),
];
